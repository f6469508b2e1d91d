/** What can go wrong on the way to the backend, and the words a person is told it in. */

export interface Problem {
  error_code: string;
  title?: string;
  detail?: string | null;
  request_id?: string | null;
}

/** The backend said no. `problem` is its problem document, with a stable code. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.error_code);
    this.name = "ApiError";
  }
}

/** Nobody answered: this device is offline, or the server is. */
export class UnreachableError extends Error {
  constructor() {
    super("UNREACHABLE");
    this.name = "UnreachableError";
  }
}

/** Something between us and the backend has answered in its place: nothing that the backend would say. */
export const NOT_OURS: Problem = { error_code: "UNEXPECTED_ANSWER" };

/** The problem document in an answer, or a stand-in where something between us and the backend has answered. */
export async function problemOf(response: Response): Promise<Problem> {
  return asProblem(await response.text().catch(() => ""));
}

export function asProblem(text: string): Problem {
  try {
    const told: unknown = JSON.parse(text);
    const isProblem = typeof (told as Problem | null)?.error_code === "string";
    return isProblem ? (told as Problem) : NOT_OURS;
  } catch {
    return NOT_OURS;
  }
}

const WORDS: Record<string, string> = {
  INVALID_CREDENTIALS: "The e-mail address or the password is wrong.",
  TOO_MANY_ATTEMPTS: "There were too many attempts to sign in. Wait a little, then try again.",
  PROVIDER_DECLINED: "You were not signed in there, or did not agree. Try again, or use your password.",
  PROVIDER_UNREACHABLE:
    "The provider can't be reached just now. Try again in a moment, or use your password.",
  PROVIDER_ANSWER_INVALID:
    "The provider's answer can't be trusted. Try again; if it stays so, tell the office.",
  SIGN_IN_NOT_BEGUN: "This sign-in was begun in another browser, or too long ago. Begin anew.",
  EMAIL_NOT_VERIFIED: "The provider has not verified your e-mail address. Use your password.",
  NO_ACCOUNT: "There is no account here with your address. If you were invited, follow the invitation first.",
  IDENTITY_TAKEN:
    "Your account here belongs to another one of this provider. The school's office can change that.",
  LINK_INVALID: "This link was used, was taken back or is too old. Ask for another.",
  EMAIL_TAKEN: "There is an account with this e-mail address already. Sign in with it.",
  ACCOUNT_TAKEN: "This student has an account already. Ask the school's office.",
  PASSWORD_TOO_COMMON: "This password is among the first that anybody would guess. Choose another.",
  PASSWORD_TELLS_WHO: "The password holds your name or your address. Choose another.",
  NOT_SIGNED_IN: "You have been signed out. Sign in again; nothing you saved is lost.",
  PERMISSION_DENIED: "Your account may not do this.",
  CROSS_SITE_REQUEST: "This was not asked from our own page. Open Smart Attendance anew and try again.",
  IDEMPOTENCY_KEY_REUSED: "This was sent before with something else in it. Reload the page and try again.",
  INVALID_REQUEST: "The server did not understand this page. Reload it and try again.",
  UNEXPECTED_ANSWER:
    "Something else answered in the server's place. Look whether this network asks you to sign in first.",
  NOT_FOUND: "This is not here, or not yours to see.",
  DATABASE_UNAVAILABLE: "The register can't be reached just now. Try again in a moment.",
  PHOTOS_UNAVAILABLE: "Photos can't be reached just now. Everything else works; try again in a moment.",
  INSUFFICIENT_STORAGE:
    "The school's server has no room left and takes no more until there is some. Tell the office.",
  VERSION_CONFLICT:
    "Somebody changed this register meanwhile. You now see the latest; look at it and try again.",
  SESSION_EXISTS: "Somebody has just started this session. You find it in the list now.",
  UNKNOWN_ROOM: "This room is not there any more. Choose another one.",
  SESSION_NOT_OPEN: "This session is closed. Reopen it to change it.",
  SESSION_LOCKED: "This session was closed too long ago to be reopened.",
  STUDENT_NOT_ON_ROSTER: "This student is not on the roster any more.",
  IMAGE_TOO_LARGE: "The photo is larger than 20 MB. Choose a smaller one.",
  REQUEST_TOO_LARGE: "The photo is larger than 20 MB. Choose a smaller one.",
  INVALID_FORMAT: "This file is no photo we can read. Use JPEG, PNG, WebP or HEIC.",
  INVALID_IMAGE: "The photo is damaged and can't be read. Take it again.",
  INVALID_DIMENSIONS: "The photo is too small or too large: at most 50 megapixels.",
  PHOTO_GONE: "The photo was erased, as the privacy rules ask. The register stays.",
  PHOTO_NOT_VIEWABLE_YET: "The photo can be shown as soon as it is recognised.",
  CAPTURE_NOT_RECOGNISED: "The faces of this photo are not known yet. Wait a moment and try again.",
  NO_FACE_FOUND: "There is no face in this photo.",
  MULTIPLE_FACES_FOUND: "There is more than one face in this photo.",
  FACE_TOO_SMALL: "The faces in this photo are too small. Step closer.",
  LOW_QUALITY: "The faces can't be seen well enough. Find more light and hold still.",
  NOT_LIVE: "This seems to be a photo of a picture, not of people.",
  ML_ANSWER_INVALID: "Face recognition failed on this photo.",
  MODEL_MISMATCH:
    "The enrolled faces belong to another version of the recognition. The office can renew them.",
};

/** One sentence for a person, whatever was thrown. */
export function wordsFor(error: unknown): string {
  if (error instanceof UnreachableError) {
    return navigator.onLine ? "The school's server doesn't answer." : "This device is offline.";
  }
  if (error instanceof ApiError) return wordsForCode(error.problem.error_code, error.problem.request_id);
  return "Something went wrong on this page. Reload it; what was saved is safe.";
}

export function wordsForCode(code: string, requestId?: string | null): string {
  return WORDS[code] ?? `This didn't work (${code}${requestId ? `, report ${requestId}` : ""}).`;
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof ApiError && error.problem.error_code === code;
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}
