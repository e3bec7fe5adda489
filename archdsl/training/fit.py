"""Training a network: everything is checked first, then Lightning is imported and the training starts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from archdsl.errors import Diagnostic, UsageError
from archdsl.expansion.architecture import Architecture, load
from archdsl.extras import missing_dependency
from archdsl.training.datasets import Dataset, load_data
from archdsl.training.evaluation import Evaluation, evaluate
from archdsl.training.files import Files
from archdsl.training.fitness import check_fit
from archdsl.training.objectives import check_objective, check_options, has_objective
from archdsl.training.options import Options
from archdsl.training.plan import Plan
from archdsl.training.recipes import Recipe, load_recipe
from archdsl.training.resizing import resize_data
from archdsl.training.resuming import check_same_run, find_saved, kept_recipe
from archdsl.training.run import Run

__all__ = ["Evaluation", "Run", "evaluate", "train"]


def train(
    arch: Any,
    data: Any = "digits",
    recipe: str | Path | Recipe | None = None,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    **options: Any,
) -> Run | Any:
    """Train a network to classify images.

    Args:
        arch: An architecture, or anything that :func:`archdsl.load` takes.
        data: ``digits``, the name of one of torchvision's data sets, or a path: see :func:`archdsl.training.datasets.load_data`.
        recipe: The name, path or text of a recipe; ``digits`` for the digits and ``cosine`` for other data without it.
        out: The folder for checkpoints and curves; ``runs/<network>-<data>-seed<seed>`` without it.
        resume: Whether to go on from ``last.pt`` in ``out``, with the same curve as if there had been no break.
        **options: ``size``, ``epochs``, ``seed``, ``devices``, ``precision``, ``progress``, ``files``, ``on_epoch``, ...: see :class:`Options`.

    Raises:
        ArchError: Before the first step, with everything that is wrong: the document, the data, the recipe, an option, what does not fit.
        KeyboardInterrupt: On Ctrl-C, after saying how to go on.
    """
    settings = Options.read(options)
    architecture = arch if isinstance(arch, Architecture) else load(arch)
    if has_objective(architecture):
        check_options(settings)
    dataset = load_data(data, settings.size, root=settings.data_root, download=settings.download)
    dataset = resize_data(dataset, settings.size)
    fallback = "ijepa" if has_objective(architecture) else None
    chosen = load_recipe(recipe or fallback, dataset.name) if recipe is not None or not resume else None
    (check_objective if has_objective(architecture) else check_fit)(architecture, dataset)
    folder = _where(out, architecture, dataset, settings, resume)
    Files(folder).check()
    saved = find_saved(folder, resume)
    chosen = chosen or (kept_recipe(saved) if saved else load_recipe(fallback, dataset.name))
    epochs = settings.epochs or (saved["epochs"] if saved else chosen.epochs)
    plan = Plan(architecture, dataset, chosen, epochs, settings, folder)
    if saved is not None:
        check_same_run(plan, saved)
    try:
        # Lightning takes seconds to import: not before everything is checked
        if has_objective(architecture):
            from archdsl.training.pretraining import run_objective  # noqa: PLC0415

            return run_objective(plan, saved)
        from archdsl.training.loop import run_plan  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise missing_dependency(error) from None
    return run_plan(plan, saved)


def _where(out: str | Path | None, architecture: Architecture, dataset: Dataset, settings: Options, resume: bool) -> Path | None:
    """Return the folder of a run, None where it keeps no files."""
    if settings.files:
        return Path("runs") / _default_name(architecture.name, dataset.name, settings.seed) if out is None else Path(out)
    if out is not None or resume:
        raise UsageError(Diagnostic("E810", f"a run without files has nothing to {'resume' if resume else 'put into `out`'}"))
    return None


def _default_name(network: str, data: str, seed: int) -> str:
    """Return the name of a run's folder: letters and digits of any script stay, and a name of other signs alone is told by its bytes.

    >>> _default_name("../my net", "data/images.npz", 0)
    'my_net-images-seed0'
    >>> _default_name("猫", "größe.npz", 0)
    '猫-größe-seed0'
    >>> _default_name("+", "digits", 0)
    '2b-digits-seed0'
    """
    names = [re.sub(r"[^\w.-]+", "_", each).strip("._") or each.encode().hex() for each in (network, Path(data).stem)]
    return "-".join([*filter(None, names), f"seed{seed}"])
