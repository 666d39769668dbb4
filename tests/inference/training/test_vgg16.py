import pytest
import torch
from torch import nn

from inference.training.vgg16 import VGG16, folded, logits_of


def shaken(width=0.06, seed=3):
    """A small network whose batch norms hold numbers of their own, as after training."""
    torch.manual_seed(seed)
    network = VGG16(width=width)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, 0, 0.2)
            layer.running_mean.normal_(0, 0.2)
            layer.running_var.uniform_(0.5, 2)
    return network.eval()


def test_at_width_one_it_has_vgg16s_thirteen_convolutions():
    with torch.device("meta"):
        network = VGG16(width=1.0, batch_norm=False)
    widths = [m.out_channels for m in network.features if isinstance(m, nn.Conv2d)]
    assert widths == [64] * 2 + [128] * 2 + [256] * 3 + [512] * 6
    kinds = [type(m) for m in (*network.features, *network.head)]
    assert (kinds.count(nn.Conv2d), kinds.count(nn.MaxPool2d)) == (16, 5)
    # Simonyan and Zisserman's 14,714,688 numbers in the thirteen.
    assert sum(p.numel() for p in network.features.parameters()) == 14_714_688


def test_folding_batch_norm_away_keeps_the_function():
    network, crops = shaken(), torch.randn(2, 3, 64, 64)
    plain = folded(network)
    assert not any(isinstance(m, nn.BatchNorm2d | nn.Dropout2d) for m in plain.features)
    with torch.no_grad():
        wanted, got = network(crops), plain(crops)
    assert got == pytest.approx(wanted.numpy(), abs=1e-4)


def test_the_logits_are_the_mean_of_the_class_maps():
    maps = shaken()(torch.randn(1, 3, 96, 64))
    assert maps.shape == (1, 8, 4, 3, 2)
    assert torch.allclose(logits_of(maps)[0, 2, 1], maps[0, 2, 1].mean())
