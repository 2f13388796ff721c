import type { LogLine, LogValue } from "./lib/log.ts";

/** The part of a Workers Analytics Engine dataset that is used here. */
export interface MetricsDataset {
  writeDataPoint(point: MetricsPoint): void;
}

export interface MetricsPoint {
  readonly indexes: string[];
  readonly blobs: string[];
  readonly doubles: number[];
}

/**
 * The columns of a point, in order: `blob1`, `blob2` … and `double1`, `double2` …. Each column takes the
 * first of its fields that the line has. No column holds data of one person (number, address, session).
 * Queries depend on the order, so columns are only appended.
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
    ["hops.hook"],
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

/** Returns a log line as a data point. A missing field is an empty text or 0. */
export function pointOf(line: LogLine): MetricsPoint {
  return {
    // Analytics Engine samples by index, so that rare events are not lost.
    indexes: [line.event],
    blobs: metricsColumns.blobs.map((fields) => firstOf(line, fields, isText) ?? ""),
    doubles: metricsColumns.doubles.map((fields) => firstOf(line, fields, isNumber) ?? 0),
  };
}

/** Returns a function that writes log lines as data points. A failing dataset loses points only. */
export function metricsTo(dataset: MetricsDataset | undefined): (line: LogLine) => void {
  return (line) => {
    try {
      dataset?.writeDataPoint(pointOf(line));
    } catch {
      // The event is in the log. A gap in a chart must not fail a sign-in.
    }
  };
}
