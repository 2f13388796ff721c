/**
 * The result of one check. `unknown`: the check could not run. `note`: an information that needs no
 * action.
 */
export type Status = "ok" | "note" | "unknown" | "warning" | "failure";

export interface Row {
  readonly area: Area;
  /** The setting or the subject of the check. */
  readonly name: string;
  readonly status: Status;
  readonly detail: string;
  /** How to correct it. Every warning and failure has a cure. */
  readonly cure?: string;
  /** True if the only problem is that the setting has not been set yet. */
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

/** Returns 1 if a check failed, otherwise 0. (2 means that the doctor could not run.) */
export function exitCodeOf(rows: readonly Row[]): 0 | 1 {
  return rows.some(({ status }) => status === "failure") ? 1 : 0;
}
