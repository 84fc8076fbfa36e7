// Short news at the bottom of the page, gone by themselves. For what may be missed: what must be read is a Note.
import { signal } from "@preact/signals";

interface Toast {
  readonly id: number;
  readonly text: string;
}

const shownMs = 5_000;
const maxShown = 3;

const shown = signal<readonly Toast[]>([]);
let lastId = 0;

export function toast(text: string): void {
  lastId += 1;
  const id = lastId;
  shown.value = [...shown.value, { id, text }].slice(-maxShown);
  setTimeout(() => {
    shown.value = shown.value.filter((one) => one.id !== id);
  }, shownMs);
}

/** Once in each page: it must be there before the first toast, so that screen readers tell it. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map(({ id, text }) => (
        <p key={id} class="toast">
          {text}
        </p>
      ))}
    </div>
  );
}
