"""Going on with a run: the checkpoint has to be of the same network, data, recipe and seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from archdsl.errors import Diagnostic, UsageError
from archdsl.training.checkpoints import check_weights, describe_network, read_checkpoint
from archdsl.training.plan import Plan
from archdsl.training.recipes import Recipe, late_times


def find_saved(folder: Path | None, resume: bool) -> dict[str, Any] | None:
    """Return the checkpoint in a folder to go on from, or None to start from the beginning; without a folder there is none.

    Raises:
        UsageError: If the checkpoint cannot be read, or is of an unfinished run that nobody asked to resume.
    """
    path = folder / "last.pt" if folder else None
    if path is None or not path.is_file():
        return None
    if resume:
        return read_checkpoint(path)
    try:
        saved = read_checkpoint(path)
    except UsageError:
        return None
    done, epochs = saved["epoch"], saved["epochs"]
    if done < epochs:
        help = "`--resume` goes on with it; name another folder with `--out`, or remove this one, to start anew"
        raise UsageError(Diagnostic("E808", f"`{folder}` holds an unfinished run: {done} of {epochs} epochs", None, help))
    return None


def kept_recipe(saved: dict[str, Any]) -> Recipe:
    """Return the recipe of a checkpoint.

    Raises:
        UsageError: If this version of archdsl does not read it.
    """
    try:
        recipe = Recipe.model_validate(saved["recipe"])
    except ValidationError:
        recipe = None
    if recipe is None or late_times(recipe):
        message = f"the checkpoint of `{saved['network']['name']}` holds no recipe that can be read"
        raise UsageError(Diagnostic("E807", message, None, "name the recipe with `--recipe`"))
    return recipe


def check_same_run(plan: Plan, saved: dict[str, Any]) -> None:
    """Raise :class:`UsageError` when a checkpoint is of another network, data, recipe or seed; the number of epochs may differ."""
    now, then = plan.dataset.facts(), saved["data"]
    found = {
        "network": describe_network(plan.architecture)["graph"] != saved["network"]["graph"],
        "data": any(now[name] != then.get(name, now[name]) for name in now if name not in ("name", "source")),
        "recipe": plan.recipe.as_dict() != saved["recipe"],
        "seed": plan.options.seed != saved["seed"],
    }
    different = [name for name, differs in found.items() if differs]
    if different:
        help = "name another folder with `--out`, or leave out what differs"
        message = f"`{plan.files.last}` is of another run: it differs in the " + " and the ".join(different)
        raise UsageError(Diagnostic("E808", message, None, help))
    _check_state(plan, saved)


def _check_state(plan: Plan, saved: dict[str, Any]) -> None:
    """Raise :class:`UsageError` when a checkpoint has no state that its run can go on from."""
    graphs, weights, average, recipe = plan.architecture.graphs, saved["weights"], saved["average"], plan.recipe
    if "objective" in saved:
        name = saved["objective"]["encoder"]
        check_weights(name, graphs[name], average)
        for each, graph in graphs.items():
            check_weights(each, graph, {key.removeprefix(f"{each}."): value for key, value in weights.items() if key.startswith(f"{each}.")})
        return
    check_weights(plan.architecture.name, plan.architecture.graph, weights)
    if average is not None:
        check_weights(plan.architecture.name, plan.architecture.graph, average)
    if (average is None) != (recipe.ema is None):
        message = "has an average of the weights, and its recipe keeps none" if average else "has no average of the weights, which its recipe keeps"
        raise UsageError(Diagnostic("E807", f"`{plan.files.last}` is damaged: it {message}"))
