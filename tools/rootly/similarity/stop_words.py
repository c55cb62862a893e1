"""English words that say nothing of what happened.

Other frequent words need no list: a word that most of the incidents have is left out too. But in a
small set of incidents, or a set in several languages, that rule does not find these words. The list
has articles, pronouns, prepositions, conjunctions, auxiliary verbs and words of questions such as
"has this happened before". It has no words of operations such as "error", "down" or "slow".
"""

_WORDS = """
a about after again all already also although am an and another any anyone anything are aren
around as at be became because been before being between both but by came can cannot could
couldn did didn do does doesn doing don done during each eg either else even ever every few for
from get gets getting go goes going got had hadn happen happened happening happens has hasn
have haven having he her here him his how however i if in instead into is isn it its itself
just keep keeps kept know known like ll look looked looking looks made make makes making many
may maybe me might more most much must my need needed needs neither no nobody none nor not
nothing now of off often on once one only onto or other others our out over per please rather
re really s same saw say see seem seemed seems seen several shall she should shouldn since so
some someone something still such t than that the their them themselves then there these they
thing things this those though through thus to together too toward towards under until up upon
us use used using ve very via want was wasn we well went were weren what whatever when where
whether which while who whole whom whose why will with within without won would wouldn yet you
your
"""
STOP_WORDS = frozenset(_WORDS.split())
