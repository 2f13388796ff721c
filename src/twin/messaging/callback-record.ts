/** One callback as `/twin/callbacks` lists it. */
export interface CallbackRecord {
  message_sid: string;
  message_status: string;
  url: string;
  outcome: "answered" | "failed" | "not_called" | "dropped";
  http_status: number | null;
  /** ISO 8601, the twin's time. */
  at: string;
}
