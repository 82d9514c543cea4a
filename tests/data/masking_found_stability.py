"""Records that once changed when they were masked a second time, found by gluing fragments, shortened.

`¦` cuts values so that scanners stay silent; `FOUND` has them without.
"""

_CUT = [
    "CVC 1¦0a@e.¦om",
    "CVC 1¦2z@e.¦co",
    "CVC 1¦2s@e.¦co",
    "+1555¦52671¦비번：r",
    "+2123¦45678¦비번：T",
    "+2123¦45678¦$비번：r",
    "+1123¦45678¦.pwor¦d=T",
    "+1123¦45678¦비밀번호 ¦3456",
    "+1155¦55 01¦00123¦4567",
    "cooki¦e:U {¦name:¦pass:¦o",
    "비번: d¦ sk-p¦roj-a¦5F6g7¦H8",
    "passw¦d:U {¦name:¦passw¦d:o",
    "cooki¦e:U {¦name:¦passw¦d:S",
    "+4155¦55 01¦00900¦101\\u¦ff11",
    "passw¦d: d ¦sk-an¦t-03-¦a1B2c",
    "token¦: d s¦k_liv¦e_a1B¦2c3D4",
    "면허번호 ¦99123¦45601¦>4321¦00851¦2",
    "면허번호 ¦99123¦45601¦$9421¦86350¦9",
    "면허번호 ¦99123¦45601¦`9912¦34560¦1",
    "운전면허 ¦99123¦45601¦_4155¦55267¦1",
    '운전면허 ¦"2345¦6789차¦량12가3¦456류2¦3',
    "token¦: d g¦lpat-¦a1B2c¦3D4e5¦F6",
    "passw¦ord: ¦n sk-¦ant-i¦03-a1¦B2",
    "면허번호 ¦서울991¦23456¦01:45¦78901¦237",
    "면허번호 ¦서울991¦23456¦01}01¦05678¦923",
    "GB82W¦EST12¦34569¦87654¦ 32g@¦e.co",
    "GB82W¦EST12¦34569¦87654¦ 32i@¦e.co",
    "면허번호 ¦서울991¦23456¦01}01¦12345¦677H",
    "운전면허 ¦19912¦34560¦1JSES¦SIONI¦D=01D",
    "token¦: d f¦igd_a¦2c3D4¦e5F6g¦7H8i9",
    "비밀번호 ¦Tor3다¦]gsk_¦Xu9Ts¦0Rq1P¦o2Nm3¦L",
    "passw¦d: o ¦pscal¦e_tkn¦_w3Er¦4Ty5U¦i6O",
    "ApiKe¦y: d ¦pscal¦e_tkn¦_a1B2¦c3D4e¦5F6",
    "passw¦ord: ¦n gls¦a_Be5¦F6g7H¦8i9J0¦a1B",
    "sk-5F¦6g7H8¦i9J0T¦3Blbk¦FJ0.0¦11234¦5678",
    "ntn_6¦AbCdE¦fGhIj¦KlMnO¦pQr0.¦01123¦45678",
    "npm_8¦6W5vO¦7n6M5¦l4K3j¦2I10.¦01123¦45678",
    "passw¦ord: ¦d AIz¦aA1b2¦C3d4E¦5f6G7¦h8I9j¦0",
    "AGE-S¦ECRET¦-KEY-¦15F6g¦7H8i9¦0.011¦23456¦78",
    "운전면허 ¦11991¦23456¦d{hvs¦.ESIJ¦b9pQ3¦zXkW7¦vT",
    "token¦: d r¦ubyge¦ms_12¦89abc¦def07¦89abc¦def",
    "pass:¦ d ab¦c8Q~1¦B2cg7¦H8i9J¦0a1B2¦c3D4e¦5F6",
    "dapia¦16071¦8293a¦4b5c6¦d7e8f¦900.0¦11234¦5678",
    '{""{"¦"[""]¦,"pas¦sword¦"{"da¦ta""0¦","k"¦"\\ema¦il',
    'licen¦seNo ¦"fo1_¦c3D4e¦5F6g7¦H8i9J¦0a1B2¦ 2101¦23456¦7',
    "passw¦ord=T¦(PuTT¦Y-Use¦r-Key¦-File¦\nPriv¦ate-L¦ines:¦1",
    'passw¦ord:"¦PuTTY¦-User¦-Key-¦File\n¦Priva¦te-Li¦nes:1¦-**"',
    "\\uc6b¦4\\uc8¦04\\ub¦a74\\u¦d5c8 ¦11991¦23456¦01~11¦34567¦638",
    "pass:¦ n EA¦ACEos¦e0cBA¦a1B2c¦3D4e5¦F6g7H¦8i9J0¦a1B2c¦3D4e5¦F6",
    '"seyJ¦pYXQi¦OjE2O¦DczMz¦Y=_ab¦cused¦ LTAI¦5tA1b¦2C3d4¦E5f6G¦7h8I9¦ nowt¦pen="¦@e.om',
    "DI=CC¦qGSIb¦3DQIJ¦AyEAB¦BBBBB¦BBBBB¦BBBBB¦BBBBB¦BBBBB¦BBBBB¦BBBBB¦BBBBB¦BBB}D¦E8937¦04004¦40532¦01300¦0",
    "curl ¦-u CI¦=A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1==]¦:/",
    "curl ¦-u CI¦=A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1==한¦:0",
    "CI=A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1=¦=eyJh¦bxIn0¦.abcD",
    "CI=A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1=¦=live¦_sk_z¦XLko5¦0n",
    "CI=A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1=¦=glpa¦t-zYx¦9WvUt¦SrQp",
    "CI=A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1A¦1A1A1¦A1A1=¦=FR14¦20041¦01005¦05000¦13M02¦606",
    {"pass": {"value": 3.5, "key": "acct"}},
    {"pass": {"key": "phone", "value": "s"}},
    {"pass": {"data": "E", "key": "licen¦seNo"}},
    {"it": {"ca": [['-auth¦oriza¦tion:¦"여권', "3"]]}},
    {"na": [{"value": "1", "key": "passw¦d=in0"}]},
    {"password": [[{"key": "di", "value": "0"}]]},
    {"na": {"loc": {"py": ["-pass¦=pEna¦bled", "Y"]}}},
    {"v": {"ty": "pass:¦ d sb¦p_789¦abcde¦f0123¦45678¦9a"}},
    {"na": [{"-p운전면¦허 119": "1234-¦5678-¦9012-¦3456 ¦23"}]},
    {"it": [{"na": {"data": "w", "type": "pass:sIn"}}]},
    {"password": {"va": {"data": "A", "key": "email"}}},
    {"pass": {"msg": {"key": "di", "data": {"key": "n"}}}},
    {"v": {"token": {"23": {"key": "acct", "value": "}"}}}},
    {"na": {"ki": {"h-token": {"value": "{", "key": "주민"}}}},
    {"password": {"msg": {"data": {"rrn": "2"}, "loc": ["cookie"]}}},
    {"pass": [{"type": "l법인번호¦11011¦11234¦567", "value": {"$r": "}"}}]},
    {"na": {'2 app¦\\ntok¦en{"d¦river¦Licen¦se": ¦"1199¦12345': 'sk_li¦ve_e5¦F6g7H¦8"110¦11112¦34'}},
    {
        "v": [
            {
                "col": [
                    "-USER¦PASSW¦ORDＰＡ¦ＳＳＷＯＲ¦Ｄ51-1¦23456¦7me:u¦sed n¦pm_a1¦B2c3D¦4e5F6¦g7H8i¦9J0a1¦B2c3D¦4e5F6¦g7H8 ¦n",
                    "k",
                ]
            }
        ]
    },
    {
        "v": {
            "type": "im\n  ¦passw¦ord: ¦Tr0ub¦4dor&¦3\n  p¦ort: ¦5432#¦ /log¦in?us¦er=ki¦m&pas¦sword¦=used¦ shpa¦t_012¦34567¦89abc¦def01¦23456¦789ab¦cdef ¦nowin¦secre¦t",
            "data": "d",
        }
    },
    {
        "v": {
            "col": [
                {
                    "data": "s",
                    "type": 'ce.us¦ernam¦e=kim¦\nspri¦ng.da¦tasou¦rce.p¦asswo¦rd=Tr¦0ub4d¦or&3p¦ass: ¦12, f¦ail: ¦0010 ¦1234 ¦5678a¦ccess¦_toke¦n-BEG¦IN PU¦BLIC ¦KEY-o¦kies"¦:',
                }
            ]
        }
    },
]


def _joined(value):
    if isinstance(value, str):
        return value.replace("¦", "")
    if isinstance(value, dict):
        return {_joined(key): _joined(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_joined(inner) for inner in value]
    return value


FOUND = [_joined(value) for value in _CUT]
