"""The network: RepVGG and MobileOne blocks as their papers describe them, at train time.

RepVGG: Ding et al., "RepVGG: Making VGG-style ConvNets Great Again", CVPR 2021, https://arxiv.org/abs/2101.03697
MobileOne: Vasu et al., "MobileOne: An Improved One millisecond Mobile Backbone", CVPR 2023, https://arxiv.org/abs/2206.04040
"""

from torch import nn


def conv_bn(in_channels, out_channels, kernel, stride=1, groups=1):
    """A convolution without a bias, and its batch norm."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out_channels),
    )


class RepVGGBlock(nn.Module):
    """relu(bn(conv3x3(x)) + bn(conv1x1(x)) + bn(x)); the last branch only where the shape stays."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.dense = conv_bn(in_channels, out_channels, 3, stride)
        self.pointwise = conv_bn(in_channels, out_channels, 1, stride)
        keeps_shape = in_channels == out_channels and stride == 1
        self.skip = nn.BatchNorm2d(in_channels) if keeps_shape else None
        self.activation = nn.ReLU()

    def forward(self, x):
        total = self.dense(x) + self.pointwise(x)
        if self.skip is not None:
            total = total + self.skip(x)
        return self.activation(total)


class MobileOneUnit(nn.Module):
    """relu(sum of `copies` kxk branches, a 1x1 branch where k > 1, and a batch norm), depthwise or pointwise."""

    def __init__(self, channels, kernel, groups, copies):
        super().__init__()
        self.branches = nn.ModuleList(conv_bn(channels, channels, kernel, groups=groups) for _ in range(copies))
        self.scale = conv_bn(channels, channels, 1, groups=groups) if kernel > 1 else None
        self.skip = nn.BatchNorm2d(channels)
        self.activation = nn.ReLU()

    def forward(self, x):
        total = self.skip(x)
        if self.scale is not None:
            total = total + self.scale(x)
        for branch in self.branches:
            total = total + branch(x)
        return self.activation(total)


class MobileOneBlock(nn.Sequential):
    """A depthwise 3x3 unit, then a pointwise unit."""

    def __init__(self, channels, copies):
        super().__init__(
            MobileOneUnit(channels, kernel=3, groups=channels, copies=copies),
            MobileOneUnit(channels, kernel=1, groups=1, copies=copies),
        )


class DigitsNet(nn.Module):
    """[N, 1, 16, 16] -> [N, 10] logits: three stages at 16, 8 and 4 pixels, global average pooling, a linear head."""

    def __init__(self, classes=10):
        super().__init__()
        self.stage1 = nn.Sequential(RepVGGBlock(1, 24), RepVGGBlock(24, 24))
        self.stage2 = nn.Sequential(RepVGGBlock(24, 48, stride=2), RepVGGBlock(48, 48), MobileOneBlock(48, copies=2))
        self.stage3 = nn.Sequential(RepVGGBlock(48, 80, stride=2), MobileOneBlock(80, copies=2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(80, classes)

    def forward(self, image):
        x = self.stage3(self.stage2(self.stage1(image)))
        return self.head(self.pool(x).flatten(1))
