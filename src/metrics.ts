import type { LogLine, LogValue } from "./lib/log.ts";

/** A dataset of Workers Analytics Engine, as far as it is used. */
export interface MetricsDataset {
  writeDataPoint(point: MetricsPoint): void;
}

export interface MetricsPoint {
  readonly indexes: string[];
  readonly blobs: string[];
  readonly doubles: number[];
}

/**
 * The columns of a point, in their order: `blob1`, `blob2` … and `double1`, `double2` …, each with
 * the fields that it takes the first of. What belongs to one person (number, address, session) is
 * in none of them. Queries depend on the order: append, never insert.
 */
export const metricsColumns = {
  blobs: [
    ["event"],
    ["country"],
    ["colo"],
    ["channel"],
    ["purpose"],
    ["reason", "verdict", "code", "status", "cap", "set", "error"],
    ["step", "product", "store", "rules", "method"],
    ["level"],
    ["caller"],
    ["captcha"],
    ["meaning"],
  ],
  doubles: [
    ["ms"],
    ["hops.phone_ledger"],
    ["hops.send_budget"],
    ["hops.subject_sessions"],
    ["hops.kv"],
    ["hops.twilio.verify", "hops.twilio.api"],
    ["hops.twilio.lookups"],
    ["hops.turnstile"],
    ["price"],
    ["percent", "provider_code", "error_code", "status", "segments"],
  ],
} as const;

const hopPrefix = "hops.";

function valueIn(line: LogLine, field: string): LogValue {
  if (!field.startsWith(hopPrefix)) return line[field];
  const { hops } = line;
  return typeof hops === "object" ? hops[field.slice(hopPrefix.length)] : undefined;
}

function firstOf<Kind extends string | number>(
  line: LogLine,
  fields: readonly string[],
  isKind: (value: LogValue) => value is Kind,
): Kind | undefined {
  return fields.map((field) => valueIn(line, field)).find(isKind);
}

const isText = (value: LogValue): value is string => typeof value === "string";
const isNumber = (value: LogValue): value is number => typeof value === "number";

/** A line of the log as a point; what is missing is an empty text or 0. */
export function pointOf(line: LogLine): MetricsPoint {
  return {
    // Sampling keeps the share of each event.
    indexes: [line.event],
    blobs: metricsColumns.blobs.map((fields) => firstOf(line, fields, isText) ?? ""),
    doubles: metricsColumns.doubles.map((fields) => firstOf(line, fields, isNumber) ?? 0),
  };
}

/** Writes each event as a point too. A dataset that fails loses points, and nothing else. */
export function metricsTo(dataset: MetricsDataset | undefined): (line: LogLine) => void {
  return (line) => {
    try {
      dataset?.writeDataPoint(pointOf(line));
    } catch {
      // The line stands in the log; a gap in a chart is no reason to fail a sign-in.
    }
  };
}
