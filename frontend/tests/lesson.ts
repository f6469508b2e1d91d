/** One session as the backend tells of it: what is put in here is what the page reads next. */

import type { Capture, Register } from "../src/api/queries";
import { type Backend, ok } from "./backend";
import { SESSION, summaryOf, TEACHER } from "./school";

export const PAGE = `/sessions/${SESSION.id}`;
export const REGISTER = `GET /api/v1/sessions/${SESSION.id}/register`;
export const CAPTURES = `POST /api/v1/sessions/${SESSION.id}/captures`;
export const CLOSE = `POST /api/v1/sessions/${SESSION.id}/close`;
export const REOPEN = `POST /api/v1/sessions/${SESSION.id}/reopen`;

export function markOf(studentId: string): string {
  return `PUT /api/v1/sessions/${SESSION.id}/marks/${studentId}`;
}

export class Lesson {
  constructor(
    private readonly backend: Backend,
    private register: Register,
    captures: Capture[] = [],
  ) {
    backend.when("GET /api/v1/me", ok(TEACHER));
    backend.when(REGISTER, () => ok(this.register));
    for (const one of captures) this.tell(one);
  }

  /** The register from now on, at its next version. */
  becomes(told: Partial<Register>): void {
    const version = this.register.session.version + 1;
    this.register = {
      ...this.register,
      ...told,
      session: { ...(told.session ?? this.register.session), version },
    };
  }

  /** A photo, as it is from now on. */
  photo(capture: Capture): void {
    this.tell(capture);
    const others = this.register.captures.filter(({ id }) => id !== capture.id);
    this.becomes({ captures: [...others, summaryOf(capture)] });
  }

  private tell(capture: Capture): void {
    this.backend.when(`GET /api/v1/captures/${capture.id}`, ok(capture));
    this.backend.when(`GET /api/v1/captures/${capture.id}/photo`, {
      status: 200,
      type: "image/jpeg",
      body: Buffer.from("light and shadow"),
    });
  }
}
