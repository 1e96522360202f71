"""The shapes of the kinds, in a square from -1 to 1, y downwards."""

import math

Points = list[tuple[float, float]]


def _mirror(half: Points) -> Points:
    """Complete an outline whose left half is given from top to bottom."""
    return half + [(-x, y) for x, y in reversed(half) if x]


def _make_arc(
    centre: tuple[float, float], radii: tuple[float, float], start: float, end: float, steps: int = 16
) -> Points:
    """Return points on an ellipse from one angle to another, in degrees clockwise from the right."""
    angles = (math.radians(start + (end - start) * i / steps) for i in range(steps + 1))
    return [(centre[0] + radii[0] * math.cos(a), centre[1] + radii[1] * math.sin(a)) for a in angles]


OUTLINES: dict[str, Points] = {
    "shirt": _mirror(
        [(0, -0.62), (-0.22, -0.78), (-0.58, -0.62), (-0.95, -0.12), (-0.68, 0.08), (-0.52, -0.12), (-0.52, 0.85)]
    ),
    "dress": _mirror([(0, -0.6), (-0.16, -0.85), (-0.3, -0.85), (-0.34, -0.35), (-0.24, -0.08), (-0.72, 0.9)]),
    "skirt": _mirror([(0, -0.6), (-0.42, -0.6), (-0.42, -0.42), (-0.85, 0.62)]),
    "trousers": _mirror([(0, -0.88), (-0.42, -0.88), (-0.52, 0.9), (-0.14, 0.9), (0, -0.25)]),
    "sock": [
        (-0.3, -0.9),
        (0.22, -0.9),
        (0.22, 0.3),
        *_make_arc((0.0, 0.3), (0.26, 0.5), 0, 60, 6),
        *_make_arc((-0.55, 0.66), (0.28, 0.2), 90, 260, 8),
        (-0.3, 0.22),
    ],
    "hat": [
        (-0.95, 0.42),
        (-0.52, 0.3),
        *_make_arc((0, 0.0), (0.52, 0.6), 180, 360),
        (0.52, 0.3),
        (0.95, 0.42),
        *_make_arc((0, 0.42), (0.95, 0.2), 0, 180, 12),
    ],
    "bag": [
        *_make_arc((0, -0.3), (0.38, 0.55), 180, 360),
        *((0.78, -0.3), (0.92, 0.8), (-0.92, 0.8), (-0.78, -0.3), (-0.26, -0.3)),
        *_make_arc((0, -0.3), (0.26, 0.41), 180, 360),
        *((0.26, -0.3), (-0.38, -0.3)),
    ],
    "umbrella": [
        *_make_arc((0, 0.05), (0.95, 0.85), 180, 360),
        *_make_arc((0.635, 0.05), (0.315, 0.14), 0, -180, 8),
        *((0.04, 0.0), (0.04, 0.72)),
        *_make_arc((-0.1, 0.72), (0.14, 0.18), 0, 180, 8),
        (-0.16, 0.72),
        *_make_arc((-0.1, 0.72), (0.06, 0.09), 180, 0, 8),
        (-0.04, 0.0),
        *_make_arc((-0.315, 0.05), (0.315, 0.14), 0, -180, 8)[1:],
    ],
}

DETAILS: dict[str, list[Points]] = {
    "shirt": [[(-0.22, -0.78), (-0.1, -0.5), (0, -0.62), (0.1, -0.5), (0.22, -0.78)], [(0, -0.62), (0, 0.85)]],
    "dress": [[(-0.24, -0.08), (0.24, -0.08)]],
    "skirt": [[(-0.42, -0.42), (0.42, -0.42)]],
    "trousers": [[(-0.43, -0.72), (0.43, -0.72)]],
    "sock": [[(-0.3, -0.68), (0.22, -0.68)]],
    "hat": [_make_arc((0, 0.22), (0.52, 0.16), 180, 0), _make_arc((0, 0.08), (0.52, 0.16), 180, 0)],
    "bag": [[(-0.8, -0.12), (0.8, -0.12)]],
    "umbrella": [[(0, -0.8), (-0.315, 0.05)], [(0, -0.8), (0.315, 0.05)], [(0, -0.92), (0, -0.8)]],
}
"""Lines inside or beside the outline: seams, collars, bands."""
