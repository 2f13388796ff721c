import type { OwnCodeConfig } from "../config/own-code.ts";
import type { Channel } from "../contract/channels.ts";
import type { Runtime } from "../runtime.ts";
import type { TwilioClient } from "../twilio/client.ts";
import type { Deadline } from "../twilio/deadline.ts";
import { confirmMessageRequest, createMessageRequest, readMessage } from "../twilio/messaging.ts";
import type { SendEnding } from "./engine.ts";
import { composeMessage, type MessageContent } from "./message.ts";
import { countSegments } from "./sms-segments.ts";
import { failedSend } from "./trouble.ts";

const messageChannels: readonly Channel[] = ["sms"];

/** Sends codes of our own through Twilio Programmable Messaging. */
export class OwnMessage {
  readonly #twilio: TwilioClient;
  readonly #accountSid: string;
  readonly #config: OwnCodeConfig;
  readonly #runtime: Runtime;

  constructor(twilio: TwilioClient, accountSid: string, config: OwnCodeConfig, runtime: Runtime) {
    this.#twilio = twilio;
    this.#accountSid = accountSid;
    this.#config = config;
    this.#runtime = runtime;
  }

  /** Sends one text. A text of more than one segment is logged, since it costs more. */
  async send(message: {
    readonly to: string;
    readonly statusCallback: string;
    readonly content: MessageContent;
    readonly deadline: Deadline;
  }): Promise<SendEnding> {
    const { to, statusCallback, content, deadline } = message;
    const body = composeMessage(this.#config.message, content);
    const segments = countSegments(body);
    if (segments > 1) this.#runtime.log("message.segments", { level: "warning", segments });
    const { sender } = this.#config;
    const validitySeconds = Math.max(1, Math.floor(content.secondsLeft));
    const request = createMessageRequest(this.#accountSid, {
      to,
      body,
      sender,
      statusCallback,
      validitySeconds,
    });
    const asked = { accountSid: this.#accountSid, to };
    const outcome = readMessage(await this.#twilio.send(request, deadline), asked);
    if (outcome.kind !== "message") {
      const failed = failedSend(outcome, "sms", messageChannels);
      return failed.kind === "refused" ? { ...failed, mayFallBack: false } : failed;
    }
    return { kind: "sent", sid: outcome.sid };
  }

  /** After an approval: tells Twilio that the message arrived. A failure of this call is ignored. */
  async confirm(messageSid: string): Promise<void> {
    await this.#twilio.sendInBackground(confirmMessageRequest(this.#accountSid, messageSid));
  }
}
