import { expect } from "vitest";
import type { Example } from "../../src/openapi/examples.ts";
import type { JsonObject } from "../../src/openapi/json.ts";

/** Values that differ in each run, and their short placeholders in the document. */
const placeholders: readonly [pattern: RegExp, ...placeholders: string[]][] = [
  [/\bvrf_[\w-]+/g, "vrf_AfwwzpmnJtB6mB3kQx"],
  [/\brt_[\w-]+/g, "rt_AY3Ktl288g4T"],
  [/\bdev_[\w-]+\.[\w-]+/g, "dev_q3Lw0ZbT9sKdEo4uVnXc2A.ARzn6dc4JWaY"],
  [/\bses_[\w-]{22}/g, "ses_Cyp6qUtdlrADrIoQ0dnBuA", "ses_t2HJ0bLqR8mVxYk3Wn5cZg"],
  [/\bevt_[\w-]{22}/g, "evt_k3Vd0pQx7LmYw9RtZ2nB5A"],
  [/\busr_[\w-]{43}/g, "usr_zoaoVuYSiE9uL6JNCPbvTIwhcZ42VAtn2NRw-sCExw0"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "eyJhbGciOiJFUzI1NiIs.eyJpc3MiOiJodHRw.MEUCIQDx7bQ2"],
  [/\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b/g, "2e5bfea9-f52b-40e2-8eb5-b632ddc96ee1"],
  [/(?<="code":")\d{6}(?=")/g, "932163"],
  [/(?<="jti":")[\w-]+(?=")/g, "AX4Jq0uSgJmB"],
  [/(?<="[xy]":")[\w-]{43}(?=")/g, "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"],
];

function shortened(text: string): string {
  let short = text;
  for (const [pattern, ...names] of placeholders) {
    const seen: string[] = [];
    short = short.replace(pattern, (match) => {
      if (!seen.includes(match)) seen.push(match);
      return names[Math.min(seen.indexOf(match), names.length - 1)] ?? match;
    });
  }
  return short;
}

/** Records the answers of a run for `src/openapi/examples.json`. */
export class Recording {
  readonly #answers: Example[] = [];
  readonly #problems: Record<string, JsonObject> = {};

  /** Records an answer and returns it. */
  async answer<Body>(
    operation: string,
    name: string,
    response: Response,
    request?: JsonObject,
  ): Promise<Body> {
    const body = await response.json<JsonObject>();
    this.#answers.push({ operation, name, request, status: response.status, answer: body });
    return body as Body;
  }

  /** Records a request whose answer has no body. */
  async request(
    operation: string,
    name: string,
    response: Response,
    request: JsonObject,
  ): Promise<void> {
    expect(await response.text()).toBe("");
    this.#answers.push({ operation, name, request, status: response.status });
  }

  async problem(code: string, response: Response): Promise<void> {
    const body = await response.json<JsonObject>();
    expect(body.code).toBe(code);
    this.#problems[code] = body;
  }

  /** The recording as JSON, indented by two spaces for reviews. */
  get text(): string {
    const one = { answers: this.#answers, problems: this.#problems };
    const compact = JSON.parse(shortened(JSON.stringify(one))) as JsonObject;
    return `${JSON.stringify(compact, undefined, 2)}\n`;
  }

  get problemCodes(): string[] {
    return Object.keys(this.#problems);
  }
}
