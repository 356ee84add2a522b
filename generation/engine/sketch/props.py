"""Things for which the set has no illustration: drawn by clay.py and prop_art.py instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prop:
    """A thing that is drawn by rule."""

    en: tuple[str, ...]
    zh: tuple[str, ...]
    metres: float
    home: str
    kind: str = "-"
    top: float = 0.0
    """Where something can stand on it, as a share of its height from the top."""


PROPS: dict[str, Prop] = {
    "table": Prop(
        ("table", "desk", "dining table"),
        ("桌子", "桌", "餐桌", "书桌", "桌面", "木桌"),
        0.8,
        "room",
        top=0.04,
    ),
    "bench": Prop(("bench",), ("长椅", "长凳", "板凳"), 0.8, "park", top=0.42),
    "shelf": Prop(("shelf", "bookshelf", "bookcase"), ("书架", "架子", "书柜"), 1.9, "room"),
    "lighthouse": Prop(("lighthouse",), ("灯塔",), 7.0, "sea"),
    "windmill": Prop(("windmill",), ("风车",), 5.0, "farm"),
    "streetlamp": Prop(
        ("street lamp", "lamp post", "streetlight", "lamppost"), ("路灯", "街灯"), 3.0, "street"
    ),
    "bridge": Prop(
        ("bridge", "stone bridge", "arch bridge"),
        ("桥", "石桥", "小桥", "拱桥", "大桥", "石拱桥"),
        2.6,
        "lake",
        top=0.05,
    ),
    "fence": Prop(("fence",), ("栅栏", "篱笆"), 0.9, "farm"),
    "bamboo": Prop(("bamboo stalk", "bamboo stick"), ("竹子", "竹", "竹叶", "竹竿"), 1.6, "bamboo"),
    "wall": Prop(("wall", "brick wall"), ("墙", "墙壁", "围墙", "城墙"), 1.6, "village", top=0.03),
    "waterfall": Prop(("waterfall", "cascade"), ("瀑布",), 7.0, "mountains"),
    "airballoon": Prop(("hot air balloon",), ("热气球",), 5.0, "mountains", kind="air"),
    "swing": Prop(("swing",), ("秋千",), 2.2, "garden"),
    "maple": Prop(
        ("maple tree", "maple", "autumn tree"), ("枫树", "枫叶树", "红枫"), 3.0, "autumn"
    ),
    "cherry": Prop(
        ("cherry tree", "cherry blossom tree", "peach tree"),
        ("樱树", "桃树", "樱桃树", "一棵樱花树"),
        3.0,
        "blossom",
    ),
    "willow": Prop(("willow", "willow tree"), ("柳树", "杨柳", "垂柳"), 3.4, "lake"),
    "submarine": Prop(("submarine", "u-boat"), ("潜艇", "潜水艇"), 3.0, "underwater", kind="swim"),
    "iceberg": Prop(("iceberg", "ice floe"), ("冰山", "浮冰"), 3.0, "snow", top=0.44),
    "igloo": Prop(("igloo", "snow hut"), ("雪屋", "冰屋"), 2.2, "snow", top=0.03),
    "pirateship": Prop(
        ("pirate ship", "galleon", "sailing ship", "tall ship"),
        ("海盗船", "大帆船", "古船"),
        7.0,
        "sea",
        kind="float",
        top=0.7,
    ),
    "chest": Prop(
        ("treasure chest", "treasure", "chest of gold"), ("宝箱", "藏宝箱", "宝藏"), 0.8, "beach"
    ),
    "blackboard": Prop(("blackboard", "chalkboard", "whiteboard"), ("黑板", "白板"), 1.7, "room"),
    "lamp": Prop(
        ("desk lamp", "table lamp", "lamp", "floor lamp"), ("台灯", "落地灯", "灯"), 0.5, "room"
    ),
    "plate": Prop(("plate", "dish"), ("盘子", "碟子", "瓷盘"), 0.1, "table"),
    "vase": Prop(("vase", "flower vase"), ("花瓶",), 0.35, "table", top=0.04),
    "fishbowl": Prop(
        ("fishbowl", "goldfish bowl", "fish tank"), ("鱼缸", "金鱼缸"), 0.35, "table", top=0.06
    ),
    "posy": Prop((), (), 0.5, "table"),
    "lilypad": Prop(
        ("lily pad", "lotus leaf", "lily leaf"), ("荷叶", "莲叶"), 0.14, "lake", "float"
    ),
    "crane": Prop(
        ("white crane", "red-crowned crane", "crane"),
        ("仙鹤", "鹤", "丹顶鹤", "白鹤"),
        1.3,
        "lake",
    ),
    "liondance": Prop(
        ("lion dance", "dancing lion", "lion dancer"),
        ("舞狮", "醒狮", "狮舞", "舞狮子"),
        1.9,
        "park",
    ),
    "zongzi": Prop(("zongzi", "rice dumpling"), ("粽子", "粽"), 0.12, "table"),
    "dragonboat": Prop(
        ("dragon boat", "dragon boat race"), ("龙舟", "赛龙舟", "龙船"), 2.0, "lake", "float"
    ),
}
