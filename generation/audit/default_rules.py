"""The prompt rules of a fresh installation: (kind, pattern, verdict, label). Operators edit them.

Compact on purpose: what no installation may draw is blocked; what a tenant may want to know of is
flagged, and the audit of the picture decides. Words that mean nothing by themselves ("child",
"naked") are refused together. "underage" is also what ``prompt.fold`` writes for an age below 18.
"""

from __future__ import annotations

_YOUNG_EN = (
    "baby|babies|infant|infants|newborn|toddler|toddlers|child|children|kid|kids|minor|minors|"
    "underage|preteen|preteens|teen|teens|teenage|teenager|teenagers|loli|lolis|shota|shotas|"
    "little girl|little girls|little boy|little boys|young girl|young girls|young boy|young boys|"
    "schoolgirl|schoolgirls|schoolboy|schoolboys"
)
_YOUNG_ZH = (
    "幼女|幼童|幼儿|幼齿|女童|男童|儿童|兒童|小孩|孩子|孩童|婴儿|婴孩|女婴|男婴|小女孩|小男孩|少女|少年|未成年|"
    "萝莉|蘿莉|正太|小学生|小學生|初中生|中学生|高中生|ロリ|ショタ"
)
_SEXUAL = (
    "nude|nudes|nudity|naked|topless|bottomless|undressed|undressing|porn|porno|pornographic|"
    "pornography|sex|sexual|sexually|sexy|erotic|erotica|nsfw|r18|genitals|genitalia|penis|vagina|"
    "pussy|nipple|nipples|breasts|cum|orgasm|masturbation|masturbating|blowjob|hentai|lingerie|"
    "panties|seductive|fuck|fucking|"
    "裸|色情|情色|性交|性爱|做爱|做愛|口交|自慰|阴茎|阴道|乳头|露点|性感|淫|内裤|情趣"
)

RULES: tuple[tuple[str, str, str, str], ...] = (
    ("pair", f"{_YOUNG_EN}+{_SEXUAL}", "block", "sexual_minors"),
    ("pair", f"{_YOUNG_ZH}+{_SEXUAL}", "block", "sexual_minors"),
    (
        "word",
        "lolicon|shotacon|jailbait|pedophilia|paedophilia|pedophile|child porn|kiddie porn|"
        "儿童色情|兒童色情|恋童|幼交|裸婴|裸童|童交",
        "block",
        "sexual_minors",
    ),
    (
        "word",
        "porn|porno|pornographic|pornography|hentai|blowjob|blowjobs|blow job|handjob|cumshot|"
        "cumshots|creampie|deepthroat|fellatio|cunnilingus|gangbang|bukkake|orgy|masturbating|"
        "masturbation|ejaculation|having sex|sex scene|sexual intercourse|penis|vagina|cum",
        "block",
        "sexual",
    ),
    (
        "word",
        "色情|淫秽|淫荡|性交|性爱|口交|肛交|乳交|群交|做爱|做愛|自慰|手淫|射精|阴茎|阴道",
        "block",
        "sexual",
    ),
    (
        "word",
        "rape|raped|raping|rapist|molest|molested|molesting|bestiality|zoophilia|necrophilia|"
        "incest|强奸|強姦|轮奸|迷奸|兽交|奸尸|乱伦|猥亵",
        "block",
        "sexual_violence",
    ),
    (
        "word",
        "deepnude|undress her|undress him|remove her clothes|一键脱衣",
        "block",
        "nonconsensual",
    ),
    (
        "word",
        "nude|nudes|nudity|naked|topless|nsfw|erotic|sex|sexy lingerie|"
        "裸体|裸體|裸女|全裸|半裸|赤裸|情色",
        "flag",
        "nudity",
    ),
    (
        "word",
        "gore|gory|dismembered|dismemberment|decapitated|decapitation|beheading|beheaded|"
        "disembowel|disemboweled|mutilated|mutilation|guts spilling|severed head|"
        "血腥|肢解|斩首|断头|开膛|碎尸|内脏",
        "flag",
        "gore",
    ),
    ("word", "isis flag|nazi propaganda|恐怖主义宣传|纳粹宣传", "block", "extremism"),
    ("word", "suicide method|self harm|cutting wrists|自杀方法|自残|割腕", "flag", "self_harm"),
)
