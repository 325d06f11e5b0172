"""What a dataset and a tokenization of the tests tell of themselves."""

SPLITS = {"train": 7, "test": 5}
BINS = [{"from": start, "to": start + 1, "count": 12 if start == 3 else 0} for start in range(20)]
FIGURES = {
    "rowCount": 12,
    "wordCount": 36,
    "characterCount": 180,
    "meanWords": 3.0,
    "medianWords": 3.0,
    "minWords": 3,
    "maxWords": 3,
    "vocabularySize": 14,
    "vocabularyIsExact": True,
    "histogram": BINS,
}
STATISTICS = {**FIGURES, "bySplit": [{"name": name, **FIGURES} for name in SPLITS]}
LENGTHS = {
    "sequenceCount": 12,
    "tokenCount": 48,
    "meanLength": 4.0,
    "medianLength": 4.0,
    "minLength": 4,
    "maxLength": 4,
}
TOKEN_STATISTICS = {
    **LENGTHS,
    "vocabularySize": 384,
    "vocabularyUsed": 9,
    "histogram": BINS,
    "bySplit": [{"split": "test", **LENGTHS}],
    "specialTokens": [{"id": 1, "token": "</s>", "count": 12}],
    "topTokens": [{"id": number, "token": f"t{number}", "count": 30 - number} for number in range(30)],
    "sourceTokens": 40,
    "keptTokens": 36,
    "truncatedTokens": 4,
    "filteredTokens": 0,
    "tailTokens": 0,
    "outputCells": 48,
    "realCells": 36,
    "specialCells": 12,
    "overlapCells": 0,
    "paddingCells": 0,
    "skippedSamples": 0,
}
PLAN = {
    "sequenceCount": 12,
    "tokenCount": 50,
    "sizeBytes": 280,
    "seconds": 2.5,
    "truncatedShare": 0.125,
    "paddingShare": 0.0,
    "sampledRows": 6,
    "warnings": [{"code": "TOKENS_LOST", "message": "A quarter is lost."}],
}
RECIPE = {
    "mode": "TRUNCATE",
    "maxLength": 16,
    "addSpecialTokens": True,
    "padding": "NONE",
    "textColumns": ["text"],
    "splits": list(SPLITS),
}
