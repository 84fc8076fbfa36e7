// Whether anybody may join: a box to tick.
import { inLanguage } from "../common/language.ts";
import { listTexts } from "./list-texts.ts";

export function OpenChoice({ open, onChange }: { readonly open: boolean; readonly onChange: (open: boolean) => void }) {
  const texts = inLanguage(listTexts);
  return (
    <div class="choice">
      <input
        id="class-open"
        type="checkbox"
        checked={open}
        aria-describedby="class-open-hint"
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for="class-open">{texts.open}</label>
      <p class="soft small" id="class-open-hint">
        {texts.openHint}
      </p>
    </div>
  );
}
