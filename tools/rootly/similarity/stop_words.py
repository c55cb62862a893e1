"""Words that say nothing of what happened.

Other frequent words need no list: a word that most of the incidents have is left out too. But in a
small set of incidents, or a set in several languages, that rule does not find these words. The list
has articles, pronouns, prepositions, conjunctions and auxiliary verbs, words of questions such as
"has this happened before, and what helped", words of the form of alerts, and words for counts and
times, which summaries have by chance. It has no words of operations such as "error", "down" or
"slow". Of other languages it has only the most frequent words, and none that English incidents
need, such as the Dutch "door".
"""

from tools.rootly.similarity.folding import fold

_ENGLISH = """
a about after again all already also although am an and another any anyone anything are aren around
as at be became because been before being between both but by came can cannot come comes coming
could couldn did didn do does doesn doing don done during each eg either else even ever every few
for from get gets getting go goes going got had hadn happen happened happening happens has hasn have
haven having he her here him his how however i if in instead into is isn it its itself just keep
keeps kept know known like ll look looked looking looks made make makes making many may maybe me
might more most much must my need needed needs neither no nobody none nor not nothing now of off
often on once one only onto or other others our out over per please rather re really s same saw say
see seem seemed seems seen several shall she should shouldn since so some someone something still
such t than that the their them themselves then there these they thing things this those though
through thus to together too toward towards under until up upon us use used using ve very via want
was wasn we well went were weren what whatever when where whether which while who whole whom whose
why will with within without won would wouldn yet you your
"""
_COUNTS_AND_TIMES = """
ago day days earlier eight eleven first five four half hour hours last later minute minutes month
months next nine past previous previously second seconds seven six ten three today twelve two week
weeks year years yesterday
"""
_QUESTIONS_AND_ALERTS = """
alertname annotations firing fix fixed fixes fixing help helped helps incident incidents issue
issues problem problems remember similar solution solve solved triggered
"""
_GERMAN = """
aber als am auch auf aus bei beim bis da dann das dass dem den der des die dies diese dieser doch
durch ein eine einem einen einer eines er es für gegen haben hat hatte hier ihr ihre ist ja jetzt
kann kein keine keinen können man mehr mit muss nach nicht nichts noch nun nur ob oder ohne sehr
sein seine seit seitdem sich sie sind über um und uns unser unsere unter vom von vor wenn werden
wegen weil weiter wie wieder wir wird wo wurde wurden zu zum zur zwei zwischen
"""
_FRENCH = """
aux avec ce ces cette comme dans depuis des donc du elle elles en est et était être il ils je la le
les leur mais même ne nous ont ou où par pas pendant peut plusieurs pour qu quand que qui sa sans se
ses si son sont sur tous tout toute toutes très un une vers vous
"""
_SPANISH = """
al algunos como con cuando de del desde donde dos el ella ellos entre era es esta está están este
esto fue ha hace hacia han hasta hay la las le les lo los más muy nos nuestro o para pero por porque
que se sin sobre son su sus también tiene todo todos tras un una unos y ya
"""
_PORTUGUESE = """
ao aos após às até com da das de dele do dos e ela ele em era está estão foi foram há isso já mais
mas não na nas no nos nossa nosso o os ou para pela pelo por porque quando que se sem seu sua são
também tem um uma
"""
_ITALIAN = """
agli ai al alla alle anche che ci come con da dai dal dalla dei del della delle di dopo e è era gli
ha hanno i il in io la le lo loro ma nel nella nelle non o per perché più quando questa questo se si
sono su sul sulla un una uno
"""
_DUTCH = """
aan al als bij dan dat de deze die dit een en er geen geweest had heeft het hij hoe ik ja je kan
maar meer met na naar niet nog nu om omdat ook op sinds te tot uit van veel voor waar wat we wel
wordt worden zich zij zijn
"""
_RUSSIAN = """
а без был была были было в во все вы для до его ее если есть еще же за и из или их как к ко когда
который ли мы на нас не него нет но о об он она они от по под после при с со так также то только у
уже чем что это этот
"""


def _folded(*lists: str) -> frozenset[str]:
    return frozenset(fold(" ".join(lists)).split())


STOP_WORDS = _folded(
    _ENGLISH,
    _COUNTS_AND_TIMES,
    _QUESTIONS_AND_ALERTS,
    _GERMAN,
    _FRENCH,
    _SPANISH,
    _PORTUGUESE,
    _ITALIAN,
    _DUTCH,
    _RUSSIAN,
)
