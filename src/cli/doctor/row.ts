/**
 * What one check found. `unknown` is a check that could not be made; `note` is worth knowing and
 * asks for nothing.
 */
export type Status = "ok" | "note" | "unknown" | "warning" | "failure";

export interface Row {
  readonly area: Area;
  /** The setting, or what was looked at. */
  readonly name: string;
  readonly status: Status;
  readonly detail: string;
  /** What to do; every warning and failure has one. */
  readonly cure?: string;
  /** The setting is wrong for no other reason than that nobody has set it yet. */
  readonly isUnset?: boolean;
}

export type Area = "Settings" | "Keys" | "Twilio" | "Cloudflare" | "Limits" | "Standards";

type Finding = Pick<Row, "area" | "name" | "detail">;

export const ok = (area: Area, name: string, detail: string): Row => row("ok", area, name, detail);
export const note = (area: Area, name: string, detail: string): Row =>
  row("note", area, name, detail);
export const unknown = (area: Area, name: string, detail: string, cure?: string): Row => ({
  ...row("unknown", area, name, detail),
  ...(cure !== undefined && { cure }),
});
export const warning = (finding: Finding, cure: string): Row => ({
  ...finding,
  status: "warning",
  cure,
});
export const failure = (finding: Finding, cure: string): Row => ({
  ...finding,
  status: "failure",
  cure,
});

function row(status: Status, area: Area, name: string, detail: string): Row {
  return { area, name, status, detail };
}

/** 0 when nothing failed, 1 when something did. (2 is for a doctor that could not work.) */
export function exitCodeOf(rows: readonly Row[]): 0 | 1 {
  return rows.some(({ status }) => status === "failure") ? 1 : 0;
}
