"""What fuzzing and sweeps have found, each in its smallest form: (name, record, parts that must not show).

A case stays here for good once the masker is mended; every law of tests/fuzz/oracle.py holds for it.
"""

import base64
import json
from urllib.parse import quote

SECRET = "abc" + "123def"
PHONE = "010-" + "1234-5678"
NO_CARD = "1766" + "1475" + "3410" + "6743"
CARD = "4111" + "1111" * 3

CLEAN = [
    # A quoted name and a blank line are a part of a form only behind `name=`.
    "KeyError: 'password'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback",
    "AttributeError: 'NoneType' object has no attribute 'token'\n\n* retry later",
    "TypeError: login() missing 1 required positional argument: 'password'\r\n\r\nnext",
]
"""What was masked and had to stay."""

FOUND = [
    # The gates of names ended at the first letter of another script.
    ("name-with-hangul", '{"password확인":"' + SECRET + '"}', [SECRET]),
    ("name-with-hangul-in-value", {"secret값": SECRET, "token값": SECRET + "9"}, [SECRET]),
    ("name-with-accent", '{"pwdé":"' + SECRET + '9"}', [SECRET]),
    ("name-with-hangul-behind-entities", "{&quot;secret값&quot;:&quot;" + SECRET + "&quot;}", [SECRET]),
    # Names of several words, which the gates cut off behind the first.
    ("name-of-two-words", "secret key: " + SECRET, [SECRET]),
    ("name-of-three-words", "saved Password Hash Value -> " + SECRET + "xx", [SECRET]),
    ("name-of-words-in-json", {"password of admin": "hu" + "nter", "token o": "x7" + "y9"}, ["hunter", "x7y9"]),
    ("quoted-behind-a-name-in-json", {"msg": 'set password "hunt' + 'erxyz" ok'}, ["hunterxyz"]),
    # The gate of cards by their label ended at the first digit behind it.
    ("second-card", "card 2: " + NO_CARD, [NO_CARD]),
    ("first-card-korean", "카드1 번호 " + NO_CARD, [NO_CARD]),
    # The gate of disguise knew fewer characters, and fewer ways to write them, than the view undoes.
    ("percent-arabic-digits", "GET /x?q=" + quote("٠١٠-١٢٣٤-٥٦٧٨"), ["1234-5678"]),
    ("percent-soft-hyphen", "GET /x?q=" + quote("\u00ad".join(PHONE)), ["1234-5678"]),
    ("percent-minus", "GET /x?q=" + quote(PHONE.replace("-", "\u2212")), ["1234-5678"]),
    ("tamil-digits", "tel ௦௧௦-௧௨௩௪-௫௬௭௮", ["1234-5678"]),
    ("box-drawing-dash", "tel " + PHONE.replace("-", "\u2500"), ["1234-5678"]),
    ("escaped-thai-digits", json.dumps("tel ๐๑๐-๑๒๓๔-๕๖๗๘"), ["1234-5678"]),
    # Base64 of little text in front of what is disguised.
    ("base64-json", "data=" + base64.b64encode(json.dumps({"m": "０１０－１２３４－５６７８"}, ensure_ascii=False).encode()).decode(), ["1234-5678"]),
    ("base64-zero-width", "data=" + base64.b64encode("\u200b".join(PHONE).encode()).decode(), ["1234-5678"]),
    # Keys that hold an assignment but no digits to speak of.
    ("assignment-in-key", {"m": {"password=" + SECRET: 1}}, [SECRET]),
    ("json-in-key", {"m": {'{"apiKey":"' + SECRET + '"}': 1}}, [SECRET]),
    # A line that is a list of numbers is JSON and has to stay JSON.
    ("list-of-numbers", f"[{CARD}]", [CARD]),
    ("list-of-lists-of-numbers", f"[1, [2, {CARD}], -3e5]", [CARD]),
    # What opened as JSON and was none was read again from each of its brackets.
    ("objects-that-never-close", '{"ci":' * 3000 + " tel " + PHONE, ["1234-5678"]),
    ("lists-of-objects-that-never-close", '{"tokens": [' * 2000 + " tel " + PHONE, ["1234-5678"]),
    ("json-behind-brackets", '[{"a": [ oops {"password": "' + SECRET + '"}', [SECRET]),
    ("json-inside-a-quote-that-opened-early", '["{"password":"' + SECRET + '"}" bad', [SECRET]),
    # The gates of names knew what stands behind a name in text, not what may stand in a key.
    ("mark-in-a-key", {"password@": SECRET, "pin#1": "4821"}, [SECRET]),
    ("name-in-a-path-of-a-key", '{"secret?x": "' + SECRET + '"}', [SECRET]),
    ("name-of-ascii-and-one-syllable", '{"a":"{\\"API\\\\ud0a4\\": \\"' + SECRET + '\\"}"}', [SECRET]),
    ("count-in-a-key", {"tokens:2,": 'l_tokens\\":9020}'}, []),
    # A key without a colon is none.
    ("key-without-colon", '{""7,"secret@""p', []),
    # The value of a name at the end of another value was cut in front of itself.
    ("value-longer-than-a-window", '"auth","TokenR": 1' + "0" * 250, []),
    # A lone surrogate opened every gate.
    ("surrogate", "\ud800 password=" + SECRET + " " + PHONE, [SECRET, "1234-5678"]),
    # The gate of numbers knew the country code behind two zeros and none, not behind one.
    ("one-zero-before-82", "082-10" + "-3490-5893", ["3490"]),
    ("one-zero-before-82-fullwidth", "0\uff18\uff12\uff0d\uff11\uff10" + "\uff13\uff14\uff19\uff10\uff15\uff18\uff19", ["\uff13\uff14\uff19"]),
    # Control characters are blanks to `re` and none to RE2, and none to a reader.
    ("vertical-tab-behind-name", "password\x0b=" + SECRET, [SECRET]),
    ("unit-separator-behind-name", {"m": "password\x1f: " + SECRET}, [SECRET]),
    ("control-character-in-name", {"pass\x01word": SECRET}, [SECRET]),
    ("control-character-in-number", "call 010-12\x0134-5678 back", ["34-5678"]),
    ("nul-between-settings", "A=1\x00PASSWORD=" + SECRET + "\x00B=2", [SECRET]),
    ("escaped-control-character", '{"m":"password\\u000b=' + SECRET + '"}', [SECRET]),
]  # fmt: skip
