"""How much of a unit ball lies beyond one, two or three perpendicular planes, in closed form.

Volumes are fractions of the ball's volume 4 pi / 3. With planes at a, b, c along the axes (each in
[-1, 1], in units of the radius) and

    rho_a^2 = 1 - a^2,    alpha(a|b) = acos(b / rho_a),    s_ab^2 = 1 - a^2 - b^2,
    gamma_ab = acos(-ab / (rho_a rho_b)),    phi_a = alpha(a|b) + alpha(a|c) - pi / 2,

the volume beyond one plane is pi (1 - a)^2 (2 + a) / 3, beyond two planes whose edge meets the ball

    (2 pi - 2 gamma_ab - a (3 - a^2) alpha(a|b) - b (3 - b^2) alpha(b|a) + 2 a b s_ab) / 3,

and beyond three planes whose corner lies in the ball

    (2 pi - sum gamma_ij - sum a_i (3 - a_i^2) phi_i / 2 + sum a_i a_j s_ij) / 3 - a b c.

They follow from the divergence theorem (the distance of a plane to the centre is constant on it)
and from the theorem of Gauss and Bonnet for the piece of the sphere.
"""

import numpy as np

_BALL = 4 * np.pi / 3


def beyond_one(a: np.ndarray) -> np.ndarray:
    """Fraction of the ball where x > a."""
    return np.pi * (1 - a) ** 2 * (2 + a) / 3 / _BALL


def beyond_two(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Fraction of the ball where x > a and y > b; the two broadcast against each other."""
    a, b = np.broadcast_arrays(a, b)
    p, q = np.abs(a), np.abs(b)
    both = np.zeros(p.shape)
    inside = p * p + q * q < 1
    both[inside] = _edge(p[inside], q[inside])
    both = np.where(a < 0, beyond_one(q) - both, both)
    return np.where(b < 0, beyond_one(a) - both, both)


def beyond_three(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Fraction of the ball where x > a, y > b and z > c; the three broadcast."""
    a, b, c = np.broadcast_arrays(a, b, c)
    p, q, r = np.abs(a), np.abs(b), np.abs(c)
    all_three = np.zeros(p.shape)
    inside = p * p + q * q + r * r < 1
    all_three[inside] = _corner(p[inside], q[inside], r[inside])
    all_three = np.where(a < 0, beyond_two(q, r) - all_three, all_three)
    all_three = np.where(b < 0, beyond_two(a, r) - all_three, all_three)
    return np.where(c < 0, beyond_two(a, b) - all_three, all_three)


def _edge(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """As :func:`beyond_two`, for planes whose edge meets the ball."""
    rho_a, rho_b = np.sqrt(1 - a * a), np.sqrt(1 - b * b)
    volume = (
        2 * (np.pi - _arccos(-a * b / (rho_a * rho_b)))
        - a * (3 - a * a) * _arccos(b / rho_a)
        - b * (3 - b * b) * _arccos(a / rho_b)
        + 2 * a * b * np.sqrt(1 - a * a - b * b)
    )
    return volume / 3 / _BALL


def _corner(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """As :func:`beyond_three`, for planes whose corner lies in the ball."""
    planes = (a, b, c)
    rho = [np.sqrt(1 - plane * plane) for plane in planes]
    volume = 2 * np.pi - 3 * a * b * c
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        h, g = planes[i], planes[j]
        phi = _arccos(g / rho[i]) + _arccos(planes[k] / rho[i]) - np.pi / 2
        volume = volume - _arccos(-h * g / (rho[i] * rho[j])) - h * (3 - h * h) * phi / 2
        volume = volume + h * g * np.sqrt(1 - h * h - g * g)
    return volume / 3 / _BALL


def _arccos(cosine: np.ndarray) -> np.ndarray:
    """The angle, with rounding beyond [-1, 1] taken back."""
    return np.arccos(np.clip(cosine, -1, 1))
