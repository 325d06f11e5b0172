"""How much of what was asked for was looked at, and in which words an answer says so."""

from domain.adapters.samples_wanted import Notice, NoticeCode

LOST = {
    NoticeCode.NOT_INDEXED: "There is no search index: what needs it covers {share} of the rows.",
    NoticeCode.INDEX_BUILDING: "The search index is being built: what needs it covers {share} of the rows.",
    NoticeCode.TOKENS_UNKNOWN: "How many tokens a row has is known for {share} of the rows.",
    NoticeCode.TIMED_OUT: "It took too long and was stopped: it covers {share} of the rows.",
    NoticeCode.ROWS_NOT_SEARCHABLE: "Some rows could not be indexed: a search covers {share} of the rows.",
}


def not_covered(code: NoticeCode, missed: int, rows: int) -> Notice:
    """What to say when so many of the rows were not looked at: never that it is all of them."""
    share = min(int(1_000 * (rows - missed) / rows) / 10, 99.9) if rows else 0.0
    return Notice(code, LOST[code].format(share=f"{share:g} %"))
