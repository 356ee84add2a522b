"""The prompt rules of a fresh installation: (kind, pattern, verdict, label). Operators edit them.

Compact on purpose: what no installation may draw is blocked; what a tenant may want to know of is
flagged. Words that mean nothing by themselves ("child", "nude") are only refused in pairs.
"""

from __future__ import annotations

from itertools import product

_YOUNG = ("child", "children", "kid", "kids", "toddler", "underage", "minor", "preteen", "loli",
          "shota", "little girl", "little boy", "schoolgirl", "幼女", "儿童", "小孩", "女童", "男童",
          "未成年", "萝莉", "正太", "小学生", "初中生")  # fmt: skip
_SEXUAL = ("nude", "naked", "porn", "sex", "sexual", "erotic", "nsfw", "topless", "genitals",
           "裸", "裸体", "色情", "性交", "做爱", "性感内衣", "全裸")  # fmt: skip

RULES: tuple[tuple[str, str, str, str], ...] = (
    *(("pair", f"{young}+{act}", "block", "sexual_minors") for young, act in product(_YOUNG, _SEXUAL)),
    *(("phrase", text, "block", "sexual_minors") for text in ("lolicon", "shotacon", "儿童色情", "幼交")),
    *(
        ("word", text, "block", "sexual")
        for text in ("porn", "pornographic", "hentai", "blowjob", "cumshot", "gangbang",
                     "色情", "淫秽", "性交", "口交", "肛交", "做爱")
    ),
    *(
        ("word", text, "block", "sexual_violence")
        for text in ("rape", "raping", "强奸", "轮奸", "bestiality", "兽交")
    ),
    *(
        ("word", text, "flag", "nudity")
        for text in ("nude", "naked", "topless", "nsfw", "裸体", "裸女", "全裸")
    ),
    *(
        ("word", text, "flag", "gore")
        for text in ("gore", "dismembered", "decapitated", "beheading", "disembowel", "guts spilling",
                     "血腥", "肢解", "斩首", "开膛")
    ),
    *(
        ("phrase", text, "block", "extremism")
        for text in ("isis flag", "nazi propaganda", "恐怖主义宣传", "纳粹宣传")
    ),
    *(("phrase", text, "flag", "self_harm") for text in ("suicide method", "self harm", "自杀方法", "自残")),
)  # fmt: skip
