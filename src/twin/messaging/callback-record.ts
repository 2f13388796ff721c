/** One callback in the list of `/twin/callbacks`. */
export interface CallbackRecord {
  message_sid: string;
  message_status: string;
  url: string;
  outcome: "answered" | "failed" | "not_called" | "dropped";
  http_status: number | null;
  /** The twin's time, in ISO 8601. */
  at: string;
}
