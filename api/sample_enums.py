"""The closed lists of reading and searching, each value with what it means."""

from api.described import describe
from domain.adapters.samples_wanted import NoticeCode, SampleOrder

__all__ = ["NoticeCode", "SampleOrder"]

describe(
    SampleOrder,
    {
        "ROW": "Split by split as their source has them, and by index.",
        "RELEVANCE": "The best match of the search first (BM25); without a search as ROW.",
        "SHORTEST": "The fewest words first.",
        "LONGEST": "The most words first.",
    },
    description="The order of rows. Those of equal rank stand in the order of ROW.",
)
describe(
    NoticeCode,
    {
        "LENIENT": "The search was read other than it is written.",
        "NO_WORDS": "The search has no words, so it leaves no row out.",
        "UNKNOWN_COLUMN": "The search names a column that there is not, which was read as a word.",
        "NOT_INDEXED": "There is no search index yet, and what needs it finds nothing.",
        "INDEX_BUILDING": "The search index is being built: what it has by now was searched.",
        "INDEX_DAMAGED": "The search index was damaged: it is being built again.",
        "ROWS_NOT_SEARCHABLE": "Some rows could not be indexed, and were not searched.",
        "TOKENS_UNKNOWN": "How many tokens rows have is not known of all of them.",
        "TIMED_OUT": "The search took too long and was stopped: what it found by then is told.",
        "NOT_READY": "The dataset is not ready, and has no rows yet.",
        "TRASHED": "The dataset is in the trash, or being purged.",
    },
    name="SearchNoticeCode",
    description="A way in which an answer is less, or other, than what was asked.",
)
