// Which of the 468 points outline what, as participants/imaging/topology.py has them. Right and
// left are the participant's own.

export const FACE_OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148,
  176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
export const RIGHT_EYE = [
  33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246,
];
export const LEFT_EYE = [
  263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466,
];
export const RIGHT_BROW = [70, 63, 105, 66, 107, 55, 65, 52, 53, 46];
export const LEFT_BROW = [300, 293, 334, 296, 336, 285, 295, 282, 283, 276];
export const LIPS = [
  61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
];
export const NOT_SKIN = [RIGHT_EYE, LEFT_EYE, RIGHT_BROW, LEFT_BROW, LIPS];

// The outer and inner corner of each eye.
export const RIGHT_EYE_ENDS = [33, 133];
export const LEFT_EYE_ENDS = [263, 362];
// Forehead middle, both inner cheeks, chin: skin in every face.
export const NOISE_POINTS = [9, 205, 425, 199];
export const NOSE_BRIDGE = 168;
export const NOSE_BASE = 2;
export const FOREHEAD_TOP = 10;
