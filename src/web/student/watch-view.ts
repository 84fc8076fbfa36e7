// The elements of watch.html: shows what it is told, says what the student does. Decides nothing.
import { texts } from "./texts.ts";

export interface WatchView {
  readonly video: HTMLVideoElement;
  showClass(title: string): void;
  showForm(prefill: {
    readonly name: string;
    readonly joinCode: string;
    readonly needsCode: boolean;
    readonly intro: string;
    readonly error: string | undefined;
  }): void;
  setJoining(joining: boolean): void;
  showStage(studentName: string): void;
  /** A sentence over the picture; undefined removes it. */
  setNotice(text: string | undefined, busy: boolean): void;
  setDelay(seconds: number | undefined): void;
  setUnmutable(unmutable: boolean): void;
  onJoin(listener: (name: string, joinCode: string) => void): void;
  onUnmute(listener: () => void): void;
  onLeave(listener: () => void): void;
}

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`watch.html has no ${type.name} #${id}`);
  return found;
}

export function createWatchView(): WatchView {
  const [form, stage] = [element("join", HTMLFormElement), element("stage", HTMLElement)];
  const [name, code] = [element("name", HTMLInputElement), element("code", HTMLInputElement)];
  const [joinButton, unmute, leave] = ["join-button", "unmute", "leave"].map((id) => element(id, HTMLButtonElement)) as [
    HTMLButtonElement,
    HTMLButtonElement,
    HTMLButtonElement,
  ];
  const [codeField, notice, error, live] = ["code-field", "notice", "join-error", "live"].map((id) => element(id, HTMLElement)) as [
    HTMLElement,
    HTMLElement,
    HTMLElement,
    HTMLElement,
  ];
  const video = element("video", HTMLVideoElement);
  const write = (id: string, text: string): void => {
    element(id, HTMLElement).textContent = text;
  };
  const show = (target: HTMLElement, shown: boolean): void => {
    target.hidden = !shown;
  };

  write("name-label", texts.nameLabel);
  write("code-label", texts.codeLabel);
  write("join-button", texts.join);
  write("unmute", texts.unmute);
  write("leave", texts.change);

  return {
    video,
    showClass(title) {
      write("class-name", title);
      document.title = `${title} – AIRClass`;
    },
    showForm(prefill) {
      show(stage, false);
      show(live, false);
      show(element("watching-as", HTMLElement), false);
      show(form, true);
      write("join-intro", prefill.intro);
      show(codeField, prefill.needsCode);
      code.required = prefill.needsCode;
      if (name.value === "") name.value = prefill.name;
      if (code.value === "") code.value = prefill.joinCode;
      error.textContent = prefill.error ?? "";
      show(error, prefill.error !== undefined);
      if (prefill.needsCode && name.value !== "") {
        code.focus();
        code.select();
      } else name.focus();
    },
    setJoining(joining) {
      joinButton.disabled = joining;
      joinButton.textContent = joining ? texts.joining : texts.join;
    },
    showStage(studentName) {
      show(form, false);
      show(stage, true);
      write("watching-name", texts.watchingAs(studentName));
      show(element("watching-as", HTMLElement), true);
    },
    setNotice(text, busy) {
      show(notice, text !== undefined);
      // Under a notice there is nothing to control.
      video.controls = text === undefined;
      if (text !== undefined) write("notice-text", text);
      show(element("spinner", HTMLElement), busy);
    },
    setDelay(seconds) {
      show(live, seconds !== undefined);
      if (seconds !== undefined) write("delay", texts.delay(Math.max(0, seconds)));
    },
    setUnmutable: (unmutable) => show(unmute, unmutable),
    onJoin(listener) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        listener(name.value.trim(), code.value.trim());
      });
    },
    onUnmute: (listener) => unmute.addEventListener("click", listener),
    onLeave: (listener) => leave.addEventListener("click", listener),
  };
}
