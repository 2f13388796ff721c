import * as v from "valibot";
import { channels } from "./channels.ts";

// All messages are our own. Valibot's messages repeat the input, which may be a number or a code.
export const channel = v.picklist(channels, `must be one of ${channels.join(", ")}`);

export const token = v.pipe(
  v.string("must be a text of 1 to 1024 characters"),
  v.minLength(1, "must be a text of 1 to 1024 characters"),
  v.maxLength(1024, "must be a text of 1 to 1024 characters"),
);

const nonEmpty = "must be a text of 1 to 64 characters";

export const phone = v.pipe(
  v.string(nonEmpty),
  v.minLength(1, nonEmpty),
  v.maxLength(64, nonEmpty),
);

export const subjectText = v.pipe(
  v.string("must be a text without control characters"),
  v.regex(/^[^\p{C}]+$/u, "must be a text without control characters"),
  v.maxBytes(255, "must have at most 255 bytes in UTF-8"),
);

/** A backend's own name of its user. */
export const subject = v.pipe(
  subjectText,
  v.regex(/^(?!usr_)/, "must not begin with usr_, which names numbers"),
);

export const time = v.pipe(v.string(), v.isoTimestamp());

export const sessionId = v.pipe(v.string(), v.regex(/^ses_[A-Za-z0-9_-]{22}$/));

export const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));

export const deviceToken = v.pipe(v.string(), v.regex(/^dev_[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]+$/));

export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
