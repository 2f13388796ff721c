interface OtpRequest extends CredentialRequestOptions {
  readonly otp: { readonly transport: readonly ["sms"] };
}

/**
 * Reads the code from a text message that names this page's domain (WebOTP). A new reading ends the
 * one before.
 */
export class TextMessageReader {
  #reading: AbortController | undefined;

  /**
   * Calls `onCode` with the code. It never does so after `stop`, or if the browser cannot read text
   * messages.
   */
  async read(onCode: (code: string) => void): Promise<void> {
    this.stop();
    const reading = new AbortController();
    this.#reading = reading;
    const code = await codeFromText(reading.signal);
    if (code !== undefined && !reading.signal.aborted) onCode(code);
  }

  stop(): void {
    this.#reading?.abort();
  }
}

async function codeFromText(signal: AbortSignal): Promise<string | undefined> {
  if (!("OTPCredential" in globalThis)) return undefined;
  try {
    const request: OtpRequest = { otp: { transport: ["sms"] }, signal };
    const credential = await navigator.credentials.get(request);
    return credential !== null && "code" in credential ? String(credential.code) : undefined;
  } catch {
    // Aborted, refused or timed out: the user types the code.
    return undefined;
  }
}
