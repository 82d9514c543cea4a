"""Text of which a repetition is the worst that a rule, a gate or a reader can meet; `UNITS` are to be repeated.

`¦` cuts what scanners of the repository would take for a secret.
"""

_CUT = [
    "a@", "a@b.", "(", "1", "1234 ", "010-", "82-", "900101-", "MDEw", "eyJh", "\\u0030", "%30", "%25", "&#48;", "password", "passwo¦rd=", "passwo¦rd: ", "[", "{",
    '{"a":', '["', '"', "\\", '\\"', "://", "x://a:b@", "\uff11", "\u200b", "+1 ", "GB82 ", "-----B¦EGIN P¦RIVATE¦ KEY--¦---", "cookie: ", "insert¦ into ¦a (",
    "Bearer ", "curl -u ", "\ube44\ubc00\ubc88\ud638", "\uacc4\uc88c 12", "SG.", "sk-", "a=b,", "token=a&", "<passw¦ord>", "| pass¦word |¦ ", '"passw¦ord",',
    "passwo¦rd='", "PuTTY-¦User-K¦ey-Fil¦e-1", "creden¦tials=¦{", "cookie¦s: {a:", "passwo¦rd=(", "passwo¦rd was¦ ", "passwo¦rd to ", "0 1 0 ", "(at) a.",
    "\uc5ec\uad8c", "12\uac00 ", "Prepar¦ing: ?¦\nParam¦eters:¦ ", "bindin¦g para¦meter ¦[1] - ¦[x]", "passwo¦rd\t", '{"pass¦word":¦"x"},',
    "passwo¦rd    ¦      ¦      ¦      ¦      ¦  ", "123456¦78-123¦4-1234¦-1234-¦123456¦789012¦ ", "010123¦45678 ", "010-12¦34-567¦8 ", "user@e¦xample¦.com ",
    "a@b.co,", "passwo¦rd=x1y¦2z3 ", '"passw¦ord":"¦x1y2z3¦",', "passwo¦rd=***¦MASKED¦*** ", "***MAS¦KED***", "010-**¦**-567¦8 ", "us**@e¦xample¦.com ",
    "411111¦111111¦1111 ", "1234-5¦678-90¦12-345¦6 ", "900101¦-12345¦67 ", "\uc8fc\ubbfc\ubc88\ud638 ", "\uc8fc\ubbfc\ubc88\ud638 9¦00101-¦123456¦7 ",
    "\uc5ec\uad8c\ubc88\ud638 M¦123456¦78 ", "M12345¦678(\uc5ec\uad8c¦) ", "110-12¦3-4567¦89(\uc2e0\ud55c\uc740¦\ud589) ",
    "\uacc4\uc88c\ubc88\ud638: ¦110-12¦3-4567¦89 ", "\uc2e0\ud55c\uc740\ud589 ", "12\uac003456 ", "\ucc28\ub7c9\ubc88\ud638 1¦2\uac003456¦ ", "CI=", "CI=A1",
    "\uc778\uc99d\ubc88\ud638 [¦123456¦] ", "OTP ", "otp: 1¦23456 ", "CVC 123 ", "cvc ", "Zm9vYmFy", "cGFzc3¦dvcmQ9¦aHVudG¦VyMg==", "cGFzc3¦dvcmQ9¦aHVudG¦VyMg==¦ ",
    "eyJhbG¦ciOiJI¦UzI1Ni¦J9.", "eyJhbG¦ciOiJI¦UzI1Ni¦J9.eyJ¦zdWIiO¦iIxIn0¦.abcDE¦F123 ", "H4sIAA¦AAAAAA¦A", "H4sI", "VGhpcy¦BpcyBh¦IHRleH¦Q ", "ghp_",
    "ghp_16¦C7e42F¦292c69¦12E771¦0c8383¦47Ae17¦8B4a ", "AKIAIO¦SFODNN¦7EXAMP¦LE ", "xoxb-", "https:¦//hook¦s.slac¦k.com/¦servic¦es/T0", "https:¦//u:p@¦h/ ",
    "https://", "http:/¦/a:", "://:@", "postgr¦es://u¦:pw1@h¦:5/d ", "user/p¦w@//h:¦1/x ", "-p", "mysql ¦-u roo¦t -pab¦c ", "sshpas¦s -p x¦ ", "redis-¦cli -a¦ x ",
    'IDENTI¦FIED B¦Y "x" ', "insert¦ into ¦a (pas¦sword)¦ value¦s ('x'¦);", "insert¦ into ¦a (b", "('x',", "Prepar¦ing: u¦pdate ¦a set ¦passwo¦rd=? \n",
    "bindin¦g para¦meter ¦[1] as¦ [VARC¦HAR] -¦ [x]\n", "kind: ¦Secret¦\ndata:¦\n  a: ¦b\n", "kind: ¦Secret¦ ", "  a: b\n", "\\u0031", "\\\\u0031", "\\x31", "\\n",
    "\\\\", '\\\\\\"', "%2531", "%E2%80¦%8B", "%70%61", "&amp;", "&#x30;", "&quot;", "&lt;", "\uff10", "\u0660", "\u2460", "\xb7", "\u3000", "\u1100\u1161",
    "\ud55c\uae00", "\uac00", "\ube44\ubc88", "\ube44\ubc00\ubc88\ud638: ", "\ube44\ubc00\ubc88\ud638=", "\ube44\ubc00\ubc88\ud638 x¦1y2 ", "\ubc88\ud638 ",
    "\uc554\ud638", "\uc8fc\uc18c", "\u200d", "\ufeff", "\xad", "a\u200b", "0\u200b", "\uff11\uff12", "\xe9", "\U0001f600", "\u2603", '{"a":1,', '{"pass¦word":',
    '{"a":{¦"b":', "[[", "[{", '[{"a":', '{"name¦":"pas¦sword"¦,"valu¦e":"x"¦},', '["pass¦word",¦"x"],', '{"colu¦mns":[¦"passw¦ord"],¦"rows"¦:[["x"¦]]},', '"a":"b",',
    '{"a":"¦{\\"b\\"¦:\\"c\\"¦}"},', '{\\"a\\"¦:\\"', '\\"pass¦word\\"¦:\\"x\\"¦,', '{"a":"', '{"a":tru', '{"a" "b"', "{'a':'¦b',", "{'pass¦word':¦'x',", "{a:b,",
    "{passw¦ord:x,", "passwo¦rd={a=¦b,", "passwo¦rd=[", "passwo¦rd={", "passwo¦rd={pa¦ssword¦=", "creden¦tials=¦{user=¦a, ", "passwo¦rd: {", "Map(pa¦ssword¦ -> x,¦ ",
    "passwo¦rd -> ", "<passw¦ord", '<a pas¦sword=¦"x"/>', "<passw¦ord>x", "passwo¦rd>", "</", "<!--", "<![CDA¦TA[", 'passwo¦rd="', 'passwo¦rd=\\"', "passwo¦rd=`",
    '"passw¦ord', 'passwo¦rd" ', 'passwo¦rd","', "passwo¦rd,", "passwo¦rd|", "|passw¦ord|x|¦\n", "passwo¦rd;", "passwo¦rd&", "passwo¦rd%3D", "passwo¦rd%3Dx¦%26",
    "passwo¦rd\n", "passwo¦rd:\n", "passwo¦rd:\\n", "passwo¦rd: |\n¦ a\n", "- pass¦word: ¦x\n", "export¦ PASSW¦ORD=x\n", "--pass¦word x¦ ", "--pass¦word=",
    "-passw¦ord ", "PASSWORD", "pAsSwOrD", "passwo¦rdpass¦word ", "passwo¦rd_", "passwo¦rd.", "passwo¦rd-", "a.pass¦word.", "passwo¦rd is ", "passwo¦rd is ¦x1y2z3¦ ",
    "passwo¦rd fro¦m a to¦ ", "pass", "pw ", "pw=", "pin", "pin=", "pin 1", "key", "apikey", "api key ", "token", "token ", 'tokens¦":1,', '"total¦_token¦s": 15¦, ',
    "token: ", "token=", "access¦_token¦=", "Author¦izatio¦n: ", "Author¦izatio¦n: Bea¦rer ", "author¦izatio¦n: bas¦ic ", "bearer a", "Digest¦ a=", "cookie¦: a=b;¦ ",
    "Cookie", "set-co¦okie: ", "x-api-¦key: ", "secret ", "secret=", 'client¦_secre¦t\\":\\"', '"secre¦t": ', "arn:aw¦s:secr¦etsman¦ager:a¦:1:sec¦ret:",
    "-----B¦EGIN ", "-----B¦EGIN R¦SA PRI¦VATE K¦EY----¦-\n", "-----E¦ND PRI¦VATE K¦EY----¦-", "PuTTY-¦User-K¦ey-Fil¦e-3: s¦sh\nPri¦vate-L¦ines: ¦1\n",
    "Privat¦e-Line¦s: ", "ssh-rs¦a AAAA", "82 10 ¦1234 5¦678 ", "+82-10¦-1234-¦5678 ", "+", "+1", "+1 415¦ 555 2¦671 ", "0 1 0 ¦1 2 3 ¦4 ", "0-1-0-", "02-123-",
    "02-123¦-4567 ", "1-", "1-2-3-4-", "1.1.", "1:1:", "1/", "1 1 ", "123456¦7890", "123456¦789012¦345678¦90", "4111-", "4111 1¦111 11¦11 ", "3782 8¦22463 ",
    "11-12-¦123456¦-12 ", "\uc11c\uc6b8 12-¦123456¦-12 ", "GB82WE¦ST1234¦569876¦5432 ", "GB", "GB82", "DE89 3¦704 00¦44 ", "AB12",
    "550e84¦00-e29¦b-41d4¦-a716-¦446655¦440000¦ ", "012345¦6789ab¦cdef", "a", "A", "A-", "aA1", "_", "-", ".", "/", "=", "&", "=&", "?a=", "?a=b&", "a=b&", "a:b ",
    "a=b ", "a, ", "\n", "\t", "\r\n", " ", '"\n', '""', "''", '""""', "((", "))", "{}", "[]", "{[", "}]", "<>", "</a>", "|", "||", "$", "${", "${a}", "%s", "%", "#",
    "@", "@@", "@.", "@a.", "a@b", "a@b.c", ".a@", "@[", "(at)", "[at]", "a (at) b", "(at) b¦ (dot)¦ c ", "a [at]¦ b [do¦t] com¦ ", "git@h.¦com:a ", '"a b"@¦x.com ',
    "1.2.3.4 ", "fe80::1 ", "2026-1¦1-20T0¦5:44:0¦1Z ", "at a.b¦.C(D.j¦ava:1)¦\n", "name=p¦asswor¦d valu¦e=", "key: p¦asswor¦d, val¦ue: ",
    'name: ¦"passw¦ord" v¦alue: ¦"x" ', 'Conten¦t-Disp¦ositio¦n: for¦m-data¦; name¦="pass¦word"\r¦\n\r\nx\r\n', "field ¦passwo¦rd rej¦ected ¦value ¦[x]", 'Some("¦x")',
    'passwo¦rd: So¦me("x"¦) ', "passwo¦rd(", "passwo¦rd) ", "passwo¦rd]", "passwo¦rd[0]=", "passwo¦rd[a][¦b]=", "passwo¦rd$", "$passw¦ord=", "passwo¦rd => ",
    "passwo¦rd := ", "passwo¦rd == ", "passwo¦rd != ", "passwo¦rd ~> ", "passwo¦rd:x:", "passwo¦rdpass¦wordpa¦ssword¦=", "999999¦999999¦999999¦999999¦999999¦ ",
    "x=\\", "\\'", "sk_live_", "sk-ant-", "AIza", "glpat-", "npm_", "SK", "key-", "LTAI", "hf_", "Accoun¦tKey=", "Shared¦Access¦Signat¦ure", "sig=",
    "X-Amz-¦Signat¦ure=", "Signat¦ure=", "curl -¦u a:", "curl -¦u a:b ", "curl ", "user:p¦ass@", "a:b@c ", "//a:b@", "jdbc:o¦racle:¦thin:a¦/", "jdbc:",
    "mongod¦b+srv:¦//a:b@¦c/ ", "AKIAQW¦ERTYUI¦OPASDF¦GH:", "b3Blbn¦NzaC1r¦ZXktdj¦EAAAAA¦AAAAAA¦A\n", "MIIEpA¦IBAAKC¦AQEA0Z¦3VS5JJ¦\n",
    "eyJhbG¦ciOiJI¦UzI1Ni¦J9.\nAb¦1cdefg¦h\n", "12345¦6 is y¦our OT¦P ", "is you¦r logi¦n code¦ ", "%B4111¦111111¦111111¦^KIM/", ";41111¦111111¦11111=¦2512?",
    "**pass¦word**¦ ", "**pass¦word:*¦* ", "passwo¦rd:</b¦>", "passwo¦rd::", "passwo¦rd=<b>", "PWD={", "PWD={a1", "PWD=}}", "(b'aut¦horiza¦tion',¦ b'",
    "\x1b[0m", "\x1b[", "\x1b[31m¦passwo¦rd\x1b[0¦m=", "#033[0m", "#033[", "^[[0m", "\\xeb\\xb9\\x84", "\\xeb", "\\353\\271 ",
    "passwo¦rd\n[ty¦pe=a, ¦input_¦value=¦x", "User n¦ame,Pa¦ssword¦\n",
]  # fmt: skip

_LONG = [
    "a" * 200 + " ",
    "a" * 100 + "=",
    "9" * 30 + " ",
    "k" * 500 + ":",
    '"' + "k" * 300 + '":"v",',
    "password" * 3 + "=",
    "password" + " " * 30,
    "x" * 63 + ".",
    "1" * 19 + "-",
    "\\" * 64 + '"',
    "[{" * 32 + "]" * 8,
]

_SPELLED = [
    "&#x31;",
    "\\x31\\x32",
    "%31%32 ",
    "\uff11\uff12\uff13\uff14 ",
    "\\u0031\\u0032\\u0033\\u0034-",
    "\u200b\u200b\u200b\u200b1",
]
"""Characters written in one way, in runs that are decoded together and beside others that are not."""

UNITS = [*dict.fromkeys([unit.replace("¦", "") for unit in _CUT] + _LONG + _SPELLED)]

DENSE = frozenset({"token: ", "otp: 123456 ", "CVC 123 ", "password%3Dx%26", "|password|x|\n", "pin 1"})
"""Those that are nothing but names of secrets or labels with what may be their values."""
