"""What may be asked about who uses a dataset outside of this service."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceDataset:
    """Something outside, named `reference` ("training/42"), uses the dataset: it is kept until that is released."""

    dataset_id: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDataset:
    """What is named `reference` uses the dataset no more."""

    dataset_id: str
    reference: str


ReferenceCommand = ReferenceDataset | ReleaseDataset
