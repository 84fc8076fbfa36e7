// Something to copy as it is: an address, a key, a command.
import { useEffect, useState } from "preact/hooks";
import { commonTexts } from "../common-texts.ts";
import { inLanguage } from "../language.ts";
import { Button } from "./button.tsx";
import { copyText } from "./copy-text.ts";

const shownMs = 2_500;

/** @param label what it is, for screen readers; @param multiline keeps line breaks; @param shown instead of it, where a secret is in it */
export function CopyField({
  label,
  value,
  shown = value,
  id,
  multiline = false,
}: {
  readonly label: string;
  readonly value: string;
  readonly shown?: string | undefined;
  readonly id?: string;
  readonly multiline?: boolean;
}) {
  const [outcome, setOutcome] = useState<"copied" | "failed">();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const texts = inLanguage(commonTexts);
  const copy = (): void => void copyText(value).then((done) => setOutcome(done ? "copied" : "failed"));
  const Shown = multiline ? "pre" : "code";
  return (
    <div class="copy-field" role="group" aria-label={label}>
      <Shown id={id} tabIndex={0}>
        {shown}
      </Shown>
      <Button icon={outcome === "copied" ? "check" : "copy"} onClick={copy}>
        {outcome === "copied" ? texts.copied : texts.copy}
      </Button>
      <span class="unseen" role="status">
        {outcome === "copied" ? `${label}: ${texts.copied}` : ""}
      </span>
      {outcome === "failed" && <p role="alert">{texts.copyFailed}</p>}
    </div>
  );
}
