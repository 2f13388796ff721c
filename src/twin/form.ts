import { twilioError, type Answer } from "./answer.ts";

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Reads the form of a call. Twilio accepts only form-encoded bodies. A call without a body is an
 * empty form.
 */
export async function readForm(request: Request): Promise<URLSearchParams | Answer> {
  if (request.method !== "POST") return new URLSearchParams();
  // `text()` would make workerd warn that a form "does not appear to be text".
  const text = new TextDecoder().decode(await request.arrayBuffer());
  if (text === "") return new URLSearchParams();
  if (text.length > MAX_BODY_BYTES) return twilioError(20001, "Request body is too large");
  const type = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    return twilioError(20001, "Content-Type must be application/x-www-form-urlencoded");
  }
  return new URLSearchParams(text);
}
