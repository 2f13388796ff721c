interface OtpRequest extends CredentialRequestOptions {
  readonly otp: { readonly transport: readonly ["sms"] };
}

/** The code of a text that names this page's domain (WebOTP), where the browser can read it. */
export async function codeFromText(signal: AbortSignal): Promise<string | undefined> {
  if (!("OTPCredential" in globalThis)) return undefined;
  try {
    const request: OtpRequest = { otp: { transport: ["sms"] }, signal };
    const credential = await navigator.credentials.get(request);
    return credential !== null && "code" in credential ? String(credential.code) : undefined;
  } catch {
    // Aborted, refused or timed out: people type it, then.
    return undefined;
  }
}
