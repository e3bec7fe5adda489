"""LeNet-5, AlexNet and VGG: the plain networks that the others are measured against."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archdsl
from archdsl.analysis.cost import analyze
from tests.catalogue.same_function import assert_same_function, assert_same_outputs, built, count_paths
from tests.peers import peer
from tests.reference.lenet import LeNet


@pytest.mark.parametrize("full", [False, True], ids=["table", "full"])
def test_lenet_is_the_same_as_with_masked_weights(full: bool) -> None:
    torch.manual_seed(0)
    theirs, ours = LeNet(full), built("lenet-5-full" if full else "lenet-5")
    with torch.no_grad():
        for name in ("c1", "c5", "f6", "output"):
            layer = getattr(ours, name)
            (layer.conv if name.startswith("c") else layer).load_state_dict(getattr(theirs, name).state_dict())
        for number in range(16):
            conv = ours.get_submodule(f"c3{number}.map_of.conv5x5.conv")
            conv.weight.copy_(theirs.c3.weight[number, theirs.mask[number, :, 0, 0]][None])
            conv.bias.copy_(theirs.c3.bias[number, None])
        for name in () if full else ("s2", "s4"):
            conv = ours.get_submodule(f"{name}.depthwise_conv")
            conv.weight.copy_(getattr(theirs, name)[0, :, None, None, None])
            conv.bias.copy_(getattr(theirs, name)[1])
    assert_same_outputs(theirs, ours, torch.randn(2, 1, 32, 32))


def test_lenet_layer_by_layer() -> None:
    params: dict[str, int] = {}
    for name, count in analyze(archdsl.load("lenet-5")).by_node.items():
        layer = "c3" if name.startswith("c3") else name.split(".")[0]
        params[layer] = params.get(layer, 0) + count.params
    layers = {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48120, "f6": 10164}
    assert {layer: params[layer] for layer in layers} == layers
    assert sum(layers.values()) == 60_000


def test_alexnet_is_torchvisions() -> None:
    torch.manual_seed(0)
    theirs = peer("torchvision").models.AlexNet(num_classes=10)
    theirs.classifier[1] = nn.Linear(256 * 6 * 6, 64)
    theirs.classifier[4], theirs.classifier[6] = nn.Linear(64, 64), nn.Linear(64, 10)
    ours = built("alexnet-one-card", classes=10, features=64)
    assert_same_function(theirs, ours, torch.randn(2, 3, 224, 224), train=False)


class TwoCards(nn.Module):
    """AlexNet as the paper draws it: two halves that meet at the third convolution and behind the fifth."""

    def __init__(self, w: list[int]) -> None:
        super().__init__()
        pairs = [(3, w[0] // 2, 11), (w[0] // 2, w[1] // 2, 5), (w[1], w[2] // 2, 3), (w[2] // 2, w[3] // 2, 3), (w[3] // 2, w[4] // 2, 3)]
        self.cards = nn.ModuleList(nn.ModuleList(nn.Conv2d(a, b, k) for a, b, k in pairs) for _ in range(2))
        self.fc = nn.ModuleList([nn.Linear(36 * w[4], 32), nn.Linear(32, 32), nn.Linear(32, 10)])

    def layer(self, number: int, values: list[torch.Tensor], **fields: int) -> list[torch.Tensor]:
        convs = [card[number] for card in self.cards]
        return [nn.functional.conv2d(x, conv.weight, conv.bias, **fields).relu() for x, conv in zip(values, convs)]

    def pool(self, values: list[torch.Tensor], normalize: bool) -> list[torch.Tensor]:
        x = torch.cat(values, 1)
        if normalize:
            near = nn.functional.pad(x.square(), (0, 0, 0, 0, 2, 2)).unfold(1, 5, 1).sum(-1)
            x = x / (2 + 1e-4 * near) ** 0.75
        return list(nn.functional.max_pool2d(x, 3, 2).chunk(2, 1))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        values = self.pool(self.layer(0, [image, image], stride=4), True)
        values = self.pool(self.layer(1, values, padding=2), True)
        both = torch.cat(values, 1)
        values = self.layer(4, self.layer(3, self.layer(2, [both, both], padding=1), padding=1), padding=1)
        x = torch.cat(self.pool(values, False), 1).flatten(1)
        for layer in self.fc[:2]:
            x = layer(x).relu()
        return self.fc[2](x)


def test_alexnet_on_two_cards() -> None:
    torch.manual_seed(0)
    widths = [12, 16, 24, 24, 16]
    theirs, ours = TwoCards(widths), built("alexnet", widths=widths, features=32, classes=10)
    convs = [layer for layer in ours.modules() if isinstance(layer, nn.Conv2d)]
    linears = [layer for layer in ours.modules() if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for number, conv in enumerate(convs):
            conv.weight.copy_(torch.cat([card[number].weight for card in theirs.cards]))
            conv.bias.copy_(torch.cat([card[number].bias for card in theirs.cards]))
    for own, layer in zip(linears, theirs.fc, strict=True):
        own.load_state_dict(layer.state_dict())
    assert_same_outputs(theirs, ours, 20 * torch.randn(2, 3, 227, 227))


@pytest.mark.parametrize("norm", [False, True], ids=["plain", "norm"])
def test_vgg_is_timms(norm: bool) -> None:
    torch.manual_seed(0)
    timm = peer("timm.models")
    widths = [4, 6, 8, 8, 8]
    plan = [each for width, depth in zip(widths, [1, 1, 2, 2, 2]) for each in [*[width] * depth, "M"]]
    theirs = timm.VGG(plan, num_classes=10, norm_layer=nn.BatchNorm2d if norm else None)
    ours = built("vgg11-bn" if norm else "vgg11", widths=widths, classes=10)
    assert_same_function(theirs, ours, torch.randn(2, 3, 224, 224), train=False)


@pytest.mark.parametrize("name", ["alexnet-one-card", "vgg16", "mobilenet-v1"])
def test_there_is_one_path(name: str) -> None:
    assert count_paths(archdsl.load(name).graph) == 1


def test_most_parameters_are_in_the_first_fully_connected_layers() -> None:
    cost = analyze(archdsl.load("vgg16"))
    assert cost.by_kind["linear"].params == 123_642_856
