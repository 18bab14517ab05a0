"""Notebooks and pictures to compare, built part by part."""

import base64
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from PIL import Image

from enclave.archive.manifest import (
    DeliveryRecord,
    KernelRecord,
    SnapshotRecord,
    Subject,
)
from enclave.archive.notebook import Notebook


class Build:
    """Parts of a notebook in nbformat 4, as plain documents."""

    @staticmethod
    def code(source: str = "x", *outputs: dict[str, Any], tags: tuple[str, ...] = ()):
        return {
            "cell_type": "code",
            "source": source,
            "metadata": {"tags": list(tags)} if tags else {},
            "execution_count": 1,
            "outputs": list(outputs),
        }

    @staticmethod
    def markdown(source: str = "# Title") -> dict[str, Any]:
        return {"cell_type": "markdown", "source": source, "metadata": {}}

    @staticmethod
    def stream(text: str, name: str = "stdout") -> dict[str, Any]:
        return {"output_type": "stream", "name": name, "text": text}

    @staticmethod
    def result(**data: Any) -> dict[str, Any]:
        return {
            "output_type": "display_data",
            "data": {key.replace("_", "/"): value for key, value in data.items()},
            "metadata": {},
        }

    @staticmethod
    def error(name: str = "ValueError", value: str = "bad") -> dict[str, Any]:
        return {
            "output_type": "error",
            "ename": name,
            "evalue": value,
            "traceback": ["line 1"],
        }

    @staticmethod
    def picture(
        *, size: tuple[int, int] = (8, 6), colour: tuple[int, int, int] = (31, 119, 180)
    ) -> Image.Image:
        return Image.new("RGB", size, colour)

    @staticmethod
    def png(image: Image.Image, **options: Any) -> str:
        file = io.BytesIO()
        image.save(file, format="PNG", **options)
        return base64.b64encode(file.getvalue()).decode()

    @staticmethod
    def document(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
        return {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": metadata,
            "cells": list(cells),
        }

    @classmethod
    def notebook(cls, *cells: dict[str, Any], **metadata: Any) -> Notebook:
        return Notebook.model_validate(cls.document(*cells, **metadata))


@pytest.fixture(scope="session")
def build() -> Build:
    return Build()


@pytest.fixture
def noisy() -> Callable[[Image.Image, int], Image.Image]:
    """Change every channel by at most a given amount."""

    def change(image: Image.Image, amount: int) -> Image.Image:
        generator = np.random.default_rng(7)
        pixels = np.asarray(image).astype(int)
        moved = pixels + generator.integers(-amount, amount + 1, pixels.shape)
        return Image.fromarray(np.clip(moved, 0, 255).astype(np.uint8))

    return change


@pytest.fixture
def subject() -> Subject:
    """What is said about an archived analysis."""
    return Subject(
        id="PAC2026Holm_survival",
        content_key="a" * 64,
        project="nafld",
        account="rikke",
        title="Survival",
        archived=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
        source_digest="b" * 64,
        kernel=KernelRecord(name="python-2026.12", lock_sha256="c" * 64),
        delivery=DeliveryRecord(
            version=1,
            manifest_sha256="d" * 64,
            grant="G1-1",
            snapshot=SnapshotRecord(number=3, digest="e" * 64),
        ),
    )
