import { setTimeout as delay } from "node:timers/promises";

const pauseMs = 200;
const requestTimeoutMs = 10_000;

export interface Answer {
  readonly status: number;
  /** The parsed JSON body; undefined if the body is not JSON. */
  readonly body: unknown;
}

/** Waits for the first answer of any status. Returns undefined if `signal` aborts first. */
export async function firstAnswer(url: string, signal: AbortSignal): Promise<Answer | undefined> {
  while (!signal.aborted) {
    try {
      const limits = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
      const response = await fetch(url, { signal: limits });
      const text = await response.text();
      return { status: response.status, body: parseJson(text) };
    } catch {
      // The server does not listen yet.
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns the problems that the Worker's `/healthz` and the twin report: names of settings, never
 * their values.
 */
export function healthProblems(worker: Answer, twin: Answer): string[] {
  const problems = worker.status === 200 ? [] : listedProblems(worker.body);
  if (worker.status !== 200 && problems.length === 0)
    problems.push(`the Worker's /healthz answers ${worker.status}`);
  if (twin.status !== 200) problems.push(`the twin's /twin/ready answers ${twin.status}`);
  return problems;
}

function listedProblems(body: unknown): string[] {
  if (typeof body !== "object" || body === null || !("problems" in body)) return [];
  return Array.isArray(body.problems) ? body.problems.map((problem) => describe(problem)) : [];
}

const describe = (problem: unknown): string =>
  typeof problem === "string" ? problem : JSON.stringify(problem);
