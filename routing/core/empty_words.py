"""Words that hold a sentence together and name no matter: alone they are no reason that anybody can judge.

By hand, the most frequent ones of each language of the desk. Training and inference count them as any word;
only what is shown to people leaves them out.
"""

from servicedesk.kernel.folding import fold_text

_EN = """a about after again all already also am an and any anybody anyone are as at be because been before
being but by can cannot cant could did didnt do does doesnt doing done dont each else even ever every
everybody for from get gets got had has hasnt have havent having he hello her here hi him his how i id if im
in into is isnt it its itself ive just let like many may me might more most much must my myself need needs
no nor not now of off on once one only or other our out over own please same see seems shall she should
since so some somebody someone something still such than thank thanks that thats the their them then there
these they this those through till to too under until up upon us very want wants was wasnt we were what when
where which while who whom why will with within without wont would yes yet you your yours yourself"""
_HE = """אבל או אולי אז אחר אחרי אי איזה איך אין אם אנא אנו אנחנו אני אף את אתה אתם אתמול בבקשה בגלל בו בי
בין בכל בלי בעוד גם דרך ה הוא הזאת הזה היא היה היו היום היי היתה הם הן זאת זה זו חייב יכול יכולה יותר יש כאן
כאשר כבר כי כך כל כמה כמו כן כש לא לאחר לה להיות להם לו לי ליד לכם לכן לנו לפני לפעמים לקבל ללא למה מ מאוד
מאז מדי מה מי מן מתי נא נו על עדיין עוד עם עכשיו עליי עצמי פה צריך צריכה רוצה רק ש שאין שב שוב של שלום שלי
שלך שלנו שם תודה"""
_KK = """ал алайды алдында алмаймын алу арқылы артық бар барлық басқа без бері бір бірақ біз біздің болады
болды болмайды болса болып бұл да дейін де деп егер еді екен ең емес енді ғана жаңа және жоқ керек кейін
кешіріңіз қазір қайта қайтадан қандай қалай қашан қатты маған мен менде мені менің мұнда не неге немесе
немене ол олар оны оның өзі өзім өте рахмет сәлем сәлеметсіз сіз сіздер себебі сияқты сол соң сонда та те
туралы тағы үшін үнемі шығар"""
_KA = """ა აბა ადრე ალბათ ამ ამას ამის ან არ არა არადა არავინ არაფერი არის არიან ახლა ბევრი გამარჯობა გარდა
გთხოვთ და დიდი ერთ ერთი ეს ესე ვარ ვერ ვინ ვიყავი თავის თან თანაც თუ თქვენ თქვენი იგი იმ ის ისე ისევ იქ იყო
კარგად კი კიდევ მადლობა მაგრამ მაინც მას მე მერე მეც მინდა მის მისი მხოლოდ ნუ რა რადგან რაიმე რამე რატომ რაც
როგორ როგორც როდის როცა რომ რომელი საჭიროა სად სხვა უკვე უნდა უფრო შემდეგ შენ შეიძლება ჩემი ჩემს ჩემთვის
ჩვენ ჩვენი ძალიან წინ ხან ხომ"""
_RU = """а без более больше будет будто бы был была были было быть в вам вас ваш вдруг ведь весь во вот все
всегда всего всё вы где да даже для до если есть еще ещё же за здравствуйте здесь и из или им иногда их к
как какой когда который которая которые кто ли либо лишь мне много могу можно мой моя мои моё мы на надо нам
нас наш не него нее ней нельзя нет ни них но ну нужен нужна нужно о об однако он она они оно опять от очень
перед по под пожалуйста после потом потому почему при про раз с сам сейчас себя снова со совсем спасибо так
также такой там теперь то тоже только том тот тут ты у уж уже хочу хотя чего чем через что чтоб чтобы эта
эти это этот этого я"""

EMPTY_WORDS = frozenset(fold_text(word) for text in (_EN, _HE, _KK, _KA, _RU) for word in text.split())


def says_nothing(word: str) -> bool:
    """Say whether a folded word only holds a sentence together."""
    return word in EMPTY_WORDS
