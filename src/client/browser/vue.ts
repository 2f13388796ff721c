// Registers `<phonegate-sign-in>`, and tells Vue's templates its attributes, properties and events.
import type { EmitFn, HTMLAttributes, PublicProps } from "vue";
import type {
  PhonegateSignIn,
  SignInAttributes,
  SignInEvents,
  SignInProperties,
} from "./sign-in/sign-in.ts";

export { PhonegateSignIn } from "./sign-in/sign-in.ts";

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** Vue's language tools look `base-url` of a template up as `baseUrl`. */
type Attributes = {
  [Name in keyof SignInAttributes as CamelCase<Name>]: SignInAttributes[Name];
};

type Emitted = EmitFn<{ [Name in keyof SignInEvents]: (event: SignInEvents[Name]) => void }>;

/** Vue reads a template's props from `$props` and its events from `$emit`; neither is there at run time. */
type InTemplates = new () => PhonegateSignIn & {
  /** @deprecated It is for templates alone. */
  $props: HTMLAttributes & Attributes & SignInProperties & PublicProps;
  /** @deprecated It is for templates alone. */
  $emit: Emitted;
};

declare module "vue" {
  interface GlobalComponents {
    "phonegate-sign-in": InTemplates;
  }
}
