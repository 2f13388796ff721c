"use client";
import {
  createElement,
  useSyncExternalStore,
  type DetailedHTMLProps,
  type HTMLAttributes,
  type ReactElement,
  type Ref,
} from "react";
import type { Phonegate } from "../phonegate.ts";
import type { ApprovedProof } from "../wire.ts";
import { sessionStateOf, type SessionState } from "./session-state.ts";
import {
  PhonegateSignIn,
  type SignedIn,
  type SignInAttributes,
  type SignInEvents,
  type SignInProperties,
  type Step,
} from "./sign-in/sign-in.ts";

export { PhonegateSignIn };
export type { SessionState } from "./session-state.ts";

type ReactEvents = {
  readonly [Name in keyof SignInEvents as `on${Name}`]?:
    | ((event: SignInEvents[Name]) => void)
    | undefined;
};

/** The attributes, properties and events of `<phonegate-sign-in>` in JSX. */
export type SignInElementProps = DetailedHTMLProps<
  HTMLAttributes<PhonegateSignIn>,
  PhonegateSignIn
> &
  SignInAttributes &
  SignInProperties &
  ReactEvents;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "phonegate-sign-in": SignInElementProps;
    }
  }
}

type Own = Omit<SignInAttributes, "base-url" | "code-length"> & SignInProperties;

/**
 * The props of `SignIn`: the element's attributes and properties in React's spelling, and
 * callbacks.
 */
export interface SignInProps extends Omit<HTMLAttributes<PhonegateSignIn>, "onError">, Own {
  readonly ref?: Ref<PhonegateSignIn> | undefined;
  readonly baseUrl?: string | undefined;
  readonly codeLength?: number | undefined;
  readonly onSession?: ((session: SignedIn) => void) | undefined;
  readonly onProof?: ((proof: ApprovedProof) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly onStep?: ((step: Step) => void) | undefined;
}

const neverChanges = () => () => undefined;

/**
 * Returns `<phonegate-sign-in>` for React 19. On a server it renders nothing: the browser makes the
 * element after hydration, so that its client is set from the start.
 *
 *     <SignIn client={phonegate} onSession={(session) => console.log(session.subject)} />
 */
export function SignIn(props: SignInProps): ReactElement | null {
  const isInBrowser = useSyncExternalStore(
    neverChanges,
    () => true,
    () => false,
  );
  if (!isInBrowser) return null;
  const { baseUrl, codeLength, onSession, onProof, onError, onStep, ...rest } = props;
  return createElement("phonegate-sign-in", {
    ...rest,
    "base-url": baseUrl,
    "code-length": codeLength,
    "onphonegate-session": onSession && (({ detail }) => onSession(detail)),
    "onphonegate-proof": onProof && (({ detail }) => onProof(detail)),
    "onphonegate-error": onError && (({ detail }) => onError(detail)),
    "onphonegate-step": onStep && (({ detail }) => onStep(detail)),
  } satisfies ReactEvents & SignInAttributes);
}

const loading: SessionState = { kind: "loading" };

/**
 * Returns the client's session and renders again when it opens, is refreshed or ends. The state is
 * `loading` on a server, and until the store has been read.
 *
 *     const state = useSession(phonegate);
 *     if (state.kind === "signed_in") return <p>{state.session.subject}</p>;
 */
export function useSession(client: Phonegate): SessionState {
  const { listen, read } = sessionStateOf(client);
  return useSyncExternalStore(listen, read, () => loading);
}
