# ruff: noqa: E501 - a row is one meaning; broken rows are hard to compare
"""The words that are not nouns of a sprite: places, times, weather, moods, colours, counts, relations.

Each table is name → (English words, Chinese words), both split at commas. English words are singular; the
reader tries the singular of what it meets. A name here is what scene.py, places and composition use.
"""

from __future__ import annotations

Table = dict[str, tuple[str, str]]

PLACES: Table = {
    "meadow": (
        "meadow,field,grass,grassland,lawn,countryside,pasture,prairie",
        "草地,草原,田野,草坪,原野,野外,牧场,郊外",
    ),
    "forest": ("forest,wood,woods,woodland", "森林,树林,林间,林中,丛林深处,小树林,密林"),
    "jungle": ("jungle,rainforest", "丛林,雨林,热带雨林"),
    "bamboo": ("bamboo forest,bamboo grove,bamboo", "竹林,竹子林,竹海"),
    "blossom": (
        "cherry blossom garden,blossoming orchard,peach blossom forest",
        "樱花树下,樱花树,桃花林,樱花林,桃林,花树,桃源",
    ),
    "autumn": ("autumn forest,autumn,fall foliage", "秋天,秋日,秋季,秋色,枫林,金秋"),
    "flowers": (
        "flower field,field of flowers,flower garden,flower meadow,sunflower field,lavender field,spring",
        "花海,花田,花丛,花丛中,春天,春日,春季",
    ),
    "garden": ("garden,backyard,yard,courtyard,orchard", "花园,庭院,院子,后院,果园,庭园"),
    "park": ("park,playground", "公园,游乐园,操场,广场"),
    "farm": (
        "farm,barn,farmland,rice paddy,wheat field,ranch",
        "农场,农田,稻田,麦田,田里,田间,农村,乡村,乡下",
    ),
    "village": ("village,town,hamlet,suburb", "村庄,村子,小镇,村落,古镇,小村"),
    "hill": ("hill,hilltop,hillside", "山坡,小山,山丘,山顶,山岗,山上"),
    "mountains": (
        "mountain,mountains,peak,summit,valley,canyon,alps,cliff",
        "山,高山,山脉,群山,山谷,山峰,峡谷,悬崖,山水,山间,远山,大山",
    ),
    "snow": (
        "snow,snowfield,winter,ice field,arctic,antarctica,north pole,glacier,tundra",
        "雪地,雪,冬天,冬日,冬季,北极,南极,冰川,冰原,白雪,雪原,冰雪",
    ),
    "snowpeaks": ("snow mountain,snowy mountain,snowy peak,snow-capped mountains", "雪山,雪峰"),
    "greatwall": ("great wall,great wall of china", "长城,万里长城,八达岭"),
    "volcano": ("lava,lava field", "熔岩,岩浆"),
    "desert": ("desert,dune,sand dune,sahara,oasis", "沙漠,沙丘,戈壁,大漠,绿洲"),
    "savanna": ("savanna,savannah,safari,africa", "非洲草原,热带草原,非洲"),
    "sea": ("sea,ocean,wave,open water", "大海,海,海洋,海上,海面,海浪,波浪"),
    "beach": ("beach,shore,coast,seaside,sand,sandy beach", "海滩,沙滩,海边,海岸,岸边"),
    "lake": (
        "lake,pond,river,stream,water,riverbank,lakeside",
        "湖,湖面,池塘,河,湖泊,小河,河流,溪,小溪,湖边,河边,江,水面,荷塘,水上,水,湖水,江面,池",
    ),
    "underwater": (
        "underwater,seabed,deep sea,ocean floor,aquarium,under the sea,coral reef",
        "海底,水下,深海,海里,水里,水中,水族馆,海中,海底世界",
    ),
    "sky": ("sky,air,heaven", "天空,空中,天上,蓝天,高空,半空"),
    "cloudland": (
        "above the clouds,clouds,cloudscape,floating island",
        "云端,云上,云海,云层,天宫,仙境",
    ),
    "space": (
        "space,outer space,galaxy,universe,cosmos,milky way,nebula,orbit",
        "太空,宇宙,星空,银河,外太空,星系,星云,星际,星海",
    ),
    "moonland": ("lunar surface,moon surface,surface of the moon", "月球表面,月面"),
    "marsland": ("surface of mars,mars surface,red planet", "火星表面"),
    "city": (
        "city,downtown,urban,metropolis,skyline,cityscape",
        "城市,都市,市区,城里,市中心,大都市",
    ),
    "neon": (
        "cyberpunk,neon city,neon,night city,neon light,neon sign",
        "赛博朋克,霓虹,赛博朋克城市,霓虹灯,霓虹灯光",
    ),
    "street": (
        "street,road,alley,highway,avenue,sidewalk,lane",
        "街道,街,马路,公路,道路,路,街头,小巷,街上,路上,路边,大街,巷子,胡同",
    ),
    "railway": ("railway,train station,railroad", "铁路,火车站,车站"),
    "room": (
        "room,living room,bedroom,home interior,indoors,house interior,apartment interior,study,office,classroom,floor",
        "房间,客厅,卧室,室内,屋里,家里,书房,办公室,教室,屋内,房间里,地板",
    ),
    "table": (
        "kitchen,dining room,restaurant,cafe,coffee shop,bakery",
        "厨房,餐厅,饭店,咖啡馆,咖啡厅,餐馆,面包店",
    ),
    "stage": ("stage,concert,theater,theatre", "舞台,音乐会,剧院,演唱会"),
    "party": ("party,celebration,birthday", "派对,聚会,庆祝,生日"),
    "dream": (
        "dreamland,fairyland,wonderland,magic world,fantasy world",
        "梦境,梦幻,奇幻世界,仙界,童话世界,梦幻世界",
    ),
}

TIMES: Table = {
    "night": (
        "night,midnight,nighttime,moonlight,starry night,starry sky,starry,moonlit,dark",
        "夜晚,晚上,夜里,夜,深夜,午夜,黑夜,月光,星夜,夜色,月夜,夜空,夜间,月下,夜景",
    ),
    "dusk": ("dusk,twilight,evening,blue hour", "黄昏,傍晚,暮色,日暮,薄暮"),
    "sunset": ("sunset,golden hour,sundown", "日落,夕阳,落日,晚霞,余晖"),
    "dawn": ("dawn,sunrise,morning,daybreak", "清晨,日出,早晨,黎明,早上,朝阳,晨曦,拂晓,晨光"),
    "day": (
        "day,daytime,noon,sunny,daylight,sunshine,sunlight,blue sky",
        "白天,中午,晴天,阳光明媚,晴朗,正午,阳光下,午后,下午",
    ),
}

WEATHER: Table = {
    "rain": (
        "rain,rainy,raining,drizzle,downpour",
        "雨,下雨,雨中,雨天,大雨,小雨,细雨,暴雨,雨里,烟雨",
    ),
    "storm": ("storm,thunderstorm,stormy,thunder", "暴风雨,雷雨,雷电,风暴,打雷"),
    "snowing": (
        "snowing,snowfall,snowy,blizzard,falling snow,snowstorm",
        "下雪,飘雪,大雪,雪花飘落,飘落的雪花,雪中,雪天,风雪,暴雪",
    ),
    "fog": ("fog,mist,foggy,misty,haze", "雾,薄雾,迷雾,云雾,大雾,晨雾"),
    "wind": ("wind,windy,breeze", "风,大风,微风,刮风"),
    "cloudy": ("cloudy,overcast", "多云,阴天"),
    "aurora": ("aurora,northern lights,aurora borealis", "极光,北极光"),
    "fireworks": ("firework,fireworks", "烟花,焰火,烟火,春节,除夕,元宵节,新年"),
    "stars": ("stars,starlight", "繁星,星光,满天星,群星"),
    "petals": ("falling petal,petals,falling cherry blossom", "花瓣,落花,花瓣飘落,樱花飘落"),
    "clouds": ("white clouds,fluffy clouds", "朵朵白云"),
}

MOODS: Table = {
    "joy": (
        "happiness,joy,happy,cheerful,celebrate,delight,fun,laughter,smile",
        "快乐,幸福,开心,欢乐,喜悦,高兴,欢笑,微笑",
    ),
    "calm": (
        "peace,calm,serenity,tranquility,silence,quiet,zen,relax,meditation",
        "平静,宁静,安静,和平,安宁,禅意,放松,冥想",
    ),
    "love": ("love,romance,romantic,affection,valentine", "爱,爱情,浪漫,恋爱,情人节,亲情"),
    "sorrow": ("sadness,sorrow,melancholy,grief,sad,tears", "悲伤,忧伤,难过,忧郁,哀愁,伤心,眼泪"),
    "solitude": ("loneliness,solitude,alone,lonely,nostalgia", "孤独,寂寞,孤单,独自,怀旧,思念"),
    "hope": (
        "hope,faith,optimism,new beginning,future,tomorrow",
        "希望,信念,未来,明天,新的开始,理想",
    ),
    "dream": (
        "dream,imagination,fantasy,magic,wonder,mystery,miracle",
        "梦,梦想,想象,幻想,魔法,神秘,奇迹",
    ),
    "freedom": (
        "freedom,liberty,adventure,journey,travel,exploration",
        "自由,冒险,旅行,旅程,探索,远方",
    ),
    "time": ("time passing,eternity,memory,history,past", "时光,永恒,记忆,历史,过去,回忆"),
    "growth": ("growth,life,nature,birth,health", "成长,生命,自然,诞生,健康,大自然"),
    "harmony": ("music,harmony,rhythm,melody,art,poetry", "音乐,和谐,韵律,艺术,诗,诗意"),
    "wisdom": (
        "wisdom,knowledge,thought,philosophy,learning,intelligence",
        "智慧,知识,思想,哲学,学习,思考",
    ),
    "power": (
        "power,strength,courage,victory,success,energy,passion",
        "力量,勇气,胜利,成功,能量,激情",
    ),
    "abstract": (
        "abstract,abstraction,geometry,pattern,shapes,composition,minimalism",
        "抽象,几何,图案,形状,极简",
    ),
}

COLOURS: Table = {
    "red": ("red,crimson,scarlet,ruby", "红色,红,大红,鲜红,朱红"),
    "orange": ("orange,amber", "橙色,橘色,橙,橘红色,橘红"),
    "yellow": ("yellow,golden,gold", "黄色,黄,金色,金黄色,金黄"),
    "green": ("green,emerald", "绿色,绿,翠绿,青绿色,碧绿"),
    "teal": ("teal,cyan,turquoise", "青色,青,蓝绿色"),
    "blue": ("blue,azure,navy,sapphire", "蓝色,蓝,天蓝色,深蓝,深蓝色,浅蓝色,天蓝"),
    "purple": ("purple,violet,magenta", "紫色,紫,紫罗兰色"),
    "pink": ("pink,rosy", "粉色,粉红色,粉红,粉,桃红色"),
    "brown": ("brown,tan,beige", "棕色,褐色,咖啡色,棕,米色"),
    "black": ("black", "黑色,黑"),
    "white": ("white,ivory", "白色,白,雪白,洁白,雪白的"),
    "grey": ("grey,gray,silver", "灰色,灰,银色,银"),
}

SIZES: Table = {
    "giant": ("giant,huge,enormous,gigantic,massive,colossal", "巨大,巨型,庞大,超大"),
    "big": ("big,large,tall,great", "大,高大,高,大大"),
    "small": ("small,little,short", "小,小小,矮小"),
    "tiny": ("tiny,miniature,mini", "微小,迷你,极小,小小的"),
}

COUNTS: dict[int, tuple[str, str]] = {
    1: ("a,an,one,single,1,solo", "一,1,单"),
    2: ("two,2,pair,pair of,a pair of,couple of,a couple of,both,twin", "两,二,双,2,俩,一对,一双"),
    3: ("three,3,few,a few,some", "三,3,几,仨,一些,几只,几个,几朵,几条"),
    4: ("four,4,several,family of,a family of", "四,4"),
    5: ("five,5", "五,5,数"),
    6: (
        "six,6,many,lots of,a lot of,group of,a group of,bunch of,a bunch of,plenty of,numerous",
        "六,6,许多,很多,好多,好几,众多",
    ),
    7: (
        "seven,7,flock of,a flock of,herd of,a herd of,swarm of,a swarm of,school of,a school of,crowd of,a crowd of",
        "七,7,一群,成群,一群群,一大群,一队",
    ),
    8: ("eight,8", "八,8"),
    9: ("nine,9", "九,9"),
    10: ("ten,10,dozens of", "十,10,无数"),
    12: ("twelve,12,dozen,a dozen,hundreds of,countless,thousands of", "十二,12,上百,成千上万"),
}

CLASSIFIERS = "只条头匹个辆艘架棵株朵座本把张位名片间栋颗串块粒枝束盏幢所匹台架枚杯碗盘瓶壶尾口扇幅件双对支根顶轮群团堆排场道"
"""After a number they belong to it: 三只猫, 一碗面."""

RELATIONS: Table = {
    "on": (
        "on top of,on,atop,upon,onto,riding on,riding,ride,rides,sitting on,standing on,perched on,driving",
        "骑着,骑在,骑,驾驶,开着",
    ),
    "over": (
        "above,over,flying over,hovering over,hovering above,floating above,jumping over",
        "飞过,飞越,跳过,越过,掠过",
    ),
    "under": ("under,underneath,beneath,below", ""),
    "beside": (
        "beside,next to,by,near,alongside,together with,around,along",
        "陪着,追,追着,追逐,看着,望着,看,陪伴,围绕",
    ),
    "with": ("with,having", "带着,牵着"),
    "behind": ("behind,in back of", ""),
    "front": ("in front of,leaning against,against,before,facing,looking at,watching,chasing", ""),
    "in": ("in,inside,within,into,inside of,among,amid,through,across,at", ""),
    "between": ("between,in between", ""),
    "hold": (
        "holding,hold,holds,reading,reads,eating,eats,drinking,playing,plays,carrying,carries,using,eat,read,play,catching",
        "拿着,抱着,读着,看书,读书,吃着,吃,喝着,喝,弹着,弹,拉着,读,捧着,举着,打着,撑着,撑,玩着,玩,背着,提着,叼着,打,敲,演奏,吹,拉",
    ),
    "wear": ("wearing,wears,dressed in", "戴着,穿着,穿,戴,身穿,头戴,身着"),
}

SPOTS: Table = {
    "on": ("", "上,上面,之上,顶上,上方,上头,背上,身上"),
    "under": ("", "下,下面,之下,底下,下方,脚下,旁下"),
    "in": ("", "里,里面,中,内,之中,里头,中间,当中"),
    "beside": ("", "旁,旁边,边,身边,边上,一旁,附近,身旁,周围"),
    "behind": ("", "后,后面,背后,身后,后方"),
    "front": ("", "前,前面,面前,门前,身前,前方"),
    "between": ("", "之间"),
}
"""Chinese says where after the noun: 桌子上, 树下, 竹林里."""

OUTFITS: Table = {
    "hanfu": (
        "hanfu,traditional chinese dress,chinese dress,robe,ancient costume",
        "汉服,古装,唐装,长袍,长衫,古风",
    ),
    "kimono": ("kimono,yukata", "和服,浴衣"),
    "qipao": ("qipao,cheongsam", "旗袍"),
    "dress": ("dress,skirt,gown,wedding dress", "裙子,连衣裙,长裙,裙,短裙,礼服,婚纱,白裙"),
    "shirt": (
        "shirt,t-shirt,jacket,coat,sweater,suit,hoodie,uniform,school uniform,clothes",
        "衬衫,T恤,外套,大衣,毛衣,西装,衣服,校服,制服,上衣,衣",
    ),
}

FEATURES = (
    "hair,eye,eyes,fur,skin,face,nose,ears,ear,tail,lips,hands,hand,legs,long hair,short hair,background,color,colour,theme,style,light,lights,lighting,shadow",
    "头发,眼睛,长发,短发,皮肤,毛发,眼,脸,耳朵,尾巴,鼻子,发,背景,颜色,风格,色调,光线,光影,灯光,光,影子",
)
"""Their colour is not the colour of a thing, and they are no things of their own."""

ORDINARY = (
    "the,of,and,a,an,is,are,was,be,been,being,it,its,this,that,these,those,to,from,for,as,at,up,down,out,off,very,so,too,"
    "while,his,her,their,my,your,our,he,she,they,i,we,you,there,has,have,having,who,which,where,when,all,each,other,"
    "another,one's,not,no,without,full,made,like,style,masterpiece,best,quality,high,highres,absurdres,ultra,detailed,"
    "detail,intricate,highly,extremely,beautiful,cute,lovely,pretty,amazing,stunning,gorgeous,adorable,charming,"
    "realistic,photorealistic,photo,photograph,photography,picture,image,drawing,illustration,artwork,render,3d,2d,cg,"
    "4k,8k,16k,uhd,hd,hdr,hires,res,resolution,cinematic,dramatic,lighting,light,soft,warm,cold,bright,vivid,vibrant,"
    "colorful,colourful,color,colour,sharp,focus,depth,field,bokeh,dof,trending,artstation,octane,unreal,engine,ray,"
    "tracing,anime,cartoon,watercolor,oil,ink,sketch,pixel,digital,concept,professional,award,winning,aesthetic,"
    "composition,background,foreground,scene,scenery,landscape,view,wide,close,closeup,shot,angle,perspective,portrait,"
    "full body,upper body,solo,looking,viewer,sitting,standing,walking,running,lying,sleeping,flying,swimming,floating,"
    "jumping,dancing,cooking,fishing,working,waiting,resting,relaxing,crossing,passing,growing,blooming,burning,driving,making,wearing,smiling,happy,old,young,new,ancient,modern,traditional,classic,simple,minimalist,elegant,fresh,"
    "delicious,tasty,hot,cool,fluffy,furry,shiny,glowing,sparkling,dreamy,magical,mysterious,epic,fantasy,surreal,"
    "pastel,ethereal,impressionist,impressionism,expressionist,baroque,gothic,retro,vintage,steampunk,vaporwave,kawaii,chibi,monochrome,grayscale,noir,macro,panorama,silhouette,symmetry,symmetrical,hyperrealistic,surrealism,realism,lowpoly,voxel,claymation,papercraft,origami,lineart,gouache,acrylic,charcoal,pencil drawing,ukiyo-e,ghibli,pixar,disney,quiet,peaceful,calm,gentle,sweet,little,wild,huge,long,short,day,time,world,some,few,many,lots,lot,group,"
    "distance,front,back,side,left,right,top,bottom,middle,center,centre,corner,far,away,together,alone,just,only,"
    "wallpaper,poster,art,design,volumetric,ambient,occlusion,reflection,texture,fine,super,good,nice,great,perfect,"
    "watercolor painting,watercolour painting,oil painting,ink painting,digital painting,chinese painting,traditional painting,"
    "acrylic painting,matte painting,ink wash painting,landscape painting,painting of,painting style,painted,ink wash,sumi-e,8-bit,16-bit,8bit,pixelart,screen print,"
    "looking at viewer,outdoors,outside,open air,photo of,product,food,logo,interior,breathing fire,food photography,product photography,"
    "vector,flat,flat design,cel,shading,cel shading,watercolour,style of,in the style of,"
    "isometric,lens,mm,film,grain,canon,nikon,sony,raw,score,rating,safe,newest,year,works,by,in,on,with,during,under",
    "的,了,着,过,地,得,是,在,有,被,把,将,从,到,向,往,对,于,而,但,并,也,都,很,非常,十分,极其,特别,最,更,正,正在,那,这,"
    "那里,这里,它,他,她,我,你,们,其,之,以,为,坐,站,立,躺,趴,睡,睡觉,走,跑,飞,游,跳,飘,停,挂,放,摆,长,住,蹲,卧,倚,"
    "坐着,站着,立着,躺着,趴着,睡着,走着,跑着,飞着,游着,跳着,飘着,停着,挂着,放着,摆着,长着,蹲着,飞翔,奔跑,游泳,"
    "钓鱼,垂钓,行走,漫步,散步,盛开,绽放,飘扬,漂浮,飘浮,航行,行驶,升起,照耀,独坐,矗立,伫立,站立,立于,坐于,位于,位,"
    "可爱,美丽,漂亮,优美,唯美,精美,精致,高清,细节,丰富,杰作,最佳,质量,画质,高质量,超高清,电影感,写实,真实,摄影,照片,"
    "插画,插图,绘画,油画,水彩,水彩画,水墨,水墨画,山水画,像素,像素画,像素风,像素风格,海报,海报风格,扁平,扁平风格,扁平化,矢量,矢量图,油画风格,国画,卡通,动漫,动画,二次元,背景,画面,场景,风景,景色,构图,特写,全身,半身,"
    "光影,柔和,温暖,明亮,鲜艳,色彩,彩色,五颜六色,风格,中国风,极简,古老,现代,传统,古代,未来感,科技感,简单,清新,"
    "毛茸茸,胖胖,胖,瘦,年轻,老,新,旧,美味,热气腾腾,新鲜,安静,宁静,神秘,梦幻,奇幻,童话,"
    "盘,碟,一个,一只,某,每,各,请,画,一张,一幅,生成,图片,图,起来,起,出,进,来,去,给,让,会,能,要,想,正好",
)
"""Words that carry no thing, place or feeling that a sketch can show; poses and manners among them."""
