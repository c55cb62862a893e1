"""Which words are the same, in many languages, and how the shared ones are shown."""

import pytest

from tests.tools.similarity.ranked import similar

pytestmark = pytest.mark.anyio

SAME = {
    "case": ("CHECKOUT Down", "checkout", ["checkout"]),
    "plural": ("Certificates of the mesh", "certificate", ["certificate"]),
    "plural in -ies": ("Retries pile up", "retry", ["retry"]),
    "tense": ("Replica lagged", "replicas lagging", ["replicas", "lagging"]),
    "form in -ing": ("Pods crashing", "a pod crashed", ["pod", "crashed"]),
    "identifier": ("Errors in us-east-1", "us-east-1", ["us-east-1"]),
    "hyphen left out": ("Fail-over was slow", "failover", ["failover"]),
    "hyphen added": ("Failover was slow", "fail-over", ["fail-over"]),
    "part of a hyphenated word": ("Deploy of checkout-api", "checkout", ["checkout"]),
    "a word and its compound": ("Checkout slow", "checkout-api", ["checkout"]),
    "snake case": ("payments_gateway down", "payments-gateway", ["payments-gateway"]),
    "parts of snake case": ("payments_gateway down", "gateway payments", ["gateway", "payments"]),
    "capitals and underscores": ("ERR_CONN_RESET again", "conn reset", ["conn", "reset"]),
    "camel case": ("OOMKilled pods", "oomkilled", ["oomkilled"]),
    "parts of camel case": ("OOMKilled pods", "OOM kills", ["OOM", "kills"]),
    "camel case and its parts": ("oom kill", "OOMKilled", ["OOM", "Killed"]),
    "status code": ("Gateway answers 502", "502s", ["502s"]),
    "class of status codes": ("Checkout 5xx", "5xx", ["5xx"]),
    "version": ("Upgrade to v2.31.0", "since v2.31.0", ["v2.31.0"]),
    "host name": ("api.example.com unreachable", "api.example.com", ["api.example.com"]),
    "apostrophe": ("Customer's card declined", "customers", ["customers"]),
    "German": ("Zahlungen schlagen fehl", "zahlungen", ["zahlungen"]),
    "German sharp s": ("GROSSE Verzögerung", "große verzogerung", ["große", "verzogerung"]),
    "French accents": ("Échec du déploiement", "echec deploiement", ["echec", "deploiement"]),
    "French apostrophe": ("Panne de l'authentification", "authentification", ["authentification"]),
    "composed and decomposed": ("Caf\u00e9 payments", "cafe\u0301", ["caf\u00e9"]),
    "Polish": ("Błąd płatności", "błąd", ["błąd"]),
    "Turkish capitals": ("İŞLEM HATASI", "işlem hatası", ["işlem", "hatası"]),
    "Greek final sigma": ("ΣΦΑΛΜΑΤΟΣ", "σφάλματος", ["σφάλματος"]),
    "Russian": ("Ошибка оплаты", "ОШИБКА", ["ОШИБКА"]),
    "Hebrew points": ("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "שלום", ["שלום"]),
    "Arabic vowels": ("\u062e\u064e\u0637\u064e\u0623 في الدفع", "خطأ", ["خطأ"]),
    "Hindi vowel signs": ("भुगतान विफल", "भुगतान", ["भुगतान"]),
    "letters newer than Unicode 6.1 (Adlam)": (
        "\U0001e900\U0001e901\U0001e902",
        "\U0001e922\U0001e923\U0001e924",
        ["\U0001e922\U0001e923\U0001e924"],
    ),
    "Tamil": ("கட்டணம் தோல்வி", "கட்டணம்", ["கட்டணம்"]),
    "Korean": ("결제 오류", "오류", ["오류"]),
    "full-width letters": ("ＡＰＩ 障害", "api", ["api"]),
    "Chinese word of two characters": ("支付接口超时", "支付", ["支付"]),
    "Chinese sentence": ("支付接口超时", "今天支付超时", ["支付", "超时"]),
    "Japanese mixed with English": (
        "checkoutでタイムアウトが発生",
        "Checkoutのタイムアウト",
        ["Checkout", "タイムアウト"],
    ),
    "Japanese verb": ("サイトが遅い", "遅い", ["遅い"]),
    "two katakana in a longer word": ("エラーログが消えた", "ログ", ["ログ"]),
    "half-width katakana": ("ﾀｲﾑｱｳﾄ", "タイムアウト", ["タイムアウト"]),
    "Thai": ("ระบบชำระเงินล่ม", "ชำระเงิน", ["ชำระเงิน"]),
    "Khmer": ("ប្រព័ន្ធបង់ប្រាក់ដាច់", "បង់ប្រាក់", ["បង់ប្រាក់"]),
    "Lao": ("ລະບົບຈ່າຍເງິນຂັດຂ້ອງ", "ຈ່າຍເງິນ", ["ຈ່າຍເງິນ"]),
    "Burmese": ("ငွေပေးချေမှုစနစ်ပျက်", "ငွေပေးချေမှု", ["ငွေပေးချေမှု"]),
}
"""By case: the title of an incident, a query, and the words that they share."""

DIFFERENT = {
    "stop words": ("What happened after the deploy", "what happened after that, and who was there"),
    "words of a question": ("Problem with a fix", "similar issues, and how was the problem fixed?"),
    "the form of an alert": ("Kitchen on fire", "[FIRING:1] kubepodcrashlooping coredns"),
    "a single letter": ("Plan B failed", "b"),
    "a single digit": ("Pod 7 lost", "7"),
    "a number below 100": ("45 minutes of delay", "45"),
    "the beginning of a word": ("Checkout slow", "check"),
    "the inside of a word": ("Scheduler stuck", "edule"),
    "German stop words": ("Ausfall bei der Anmeldung seit heute", "bei der seit und nicht"),
    "Japanese endings": ("決済が失敗しました", "接続できませんでした"),
    "one of many words": ("Deploy finished", "kafka brokers lose quorum whenever deploys run late"),
}


@pytest.mark.parametrize("case", SAME)
async def test_words_are_the_same_in_any_form(case: str) -> None:
    title, query, shared = SAME[case]
    assert (await similar(query, [title])).get(title, []) == shared


async def test_of_a_long_text_without_spaces_only_the_beginning_is_compared() -> None:
    filler = "".join(map(chr, range(0x5000, 0x5000 + 390)))
    long = f"支付{filler}超时{filler}乱码"
    assert await similar("支付 超时 乱码", [long]) == {long: ["支付", "超时"]}


@pytest.mark.parametrize("case", DIFFERENT)
async def test_what_says_too_little_makes_no_hit(case: str) -> None:
    title, query = DIFFERENT[case]
    assert await similar(query, [title]) == {}
