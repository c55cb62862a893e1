/** The page: shows what the host reports, and leads from one view to another. */

import type { Answer, BoardAnswer, CallError } from "./answers.js";
import { CopyBox } from "./copy_box.js";
import { element } from "./dom.js";
import type { Host, HostContext, Page } from "./host.js";
import { HostActions } from "./host_actions.js";
import type { Incident } from "./incident.js";
import { IncidentView } from "./incident_view.js";
import type { JsonObject } from "./json.js";
import { LiveView } from "./live_view.js";
import { readPages } from "./pages.js";
import type { Unit } from "./plot/periods.js";
import { PlotView } from "./plot_view.js";
import * as questions from "./question.js";
import { Shell } from "./shell.js";
import { Surroundings } from "./surroundings.js";
import { LIST } from "./tools.js";
import { ViewState } from "./view_state.js";

export class Board implements Page {
  readonly #surroundings = new Surroundings();
  readonly #sandbox = element("p", { class: "sandbox", hidden: true });
  readonly #copyBox = new CopyBox();
  readonly #shell: Shell;
  readonly #actions: HostActions;
  #tools: readonly string[] = [];
  /** The live incidents stay as they are while another view is open. */
  #live: ViewState<LiveView> | undefined;

  constructor(
    private readonly host: Host,
    main: HTMLElement,
  ) {
    this.#sandbox.append(element("strong", {}, "Sandbox"), ": everything here is made up.");
    main.append(this.#sandbox);
    this.#shell = new Shell(main, this.#surroundings, (question, signal) =>
      readPages(question, (args) => this.#list(args, signal)),
      () => void host.showAgain(),
    );
    this.#shell.insert(this.#copyBox.element);
    this.#actions = new HostActions(host, this.#copyBox, (text) => this.#shell.say(text));
    document.addEventListener("keydown", this.#escape);
  }

  context(context: HostContext): void {
    this.#surroundings.change(context);
    if (context.locale !== undefined || context.timeZone !== undefined) {
      this.#shell.state?.rewrite(this.#surroundings.format);
    }
    this.#shell.tick();
  }

  loading(args: JsonObject): void {
    if (this.#shell.state === undefined) {
      const filters = questions.filterText(args);
      this.#shell.openText(filters === "" ? "Loading …" : `Loading … Only ${filters}.`);
    }
  }

  result(board: BoardAnswer): void {
    performance.mark("board-result");
    const state = this.#begin(board);
    if (board.answer !== undefined) {
      state.receiveOrFail(board.answer, this.#surroundings.format);
    }
    this.#open(state);
    performance.mark("board-shown");
  }

  failed(error: CallError, board?: BoardAnswer): void {
    if (board === undefined) {
      this.#shell.fail(error, this.host.can.call);
      return;
    }
    const state = this.#begin(board);
    state.fail(error);
    this.#open(state);
  }

  cancelled(reason: string): void {
    if (this.#shell.state === undefined) {
      const why = reason === "" ? "" : ` (${reason})`;
      const text = `Cancelled${why}. Nothing was loaded. Ask for the board again in the chat.`;
      this.#shell.openText(text);
      this.#shell.say("Cancelled.");
    }
  }

  async teardown(): Promise<void> {
    this.#shell.close();
    this.#shell.state?.view.close();
    document.removeEventListener("keydown", this.#escape);
  }

  /** Take over what the page may do, and make the first view. */
  #begin(board: BoardAnswer): ViewState {
    const question = board.arguments;
    const number = questions.incidentNumber(question);
    this.#tools = board.tools;
    this.#sandbox.hidden = !board.sandbox;
    if (number === undefined && !questions.isPlot(question)) {
      this.#live = this.#liveState(question);
      return this.#live;
    }
    this.#live = board.live && this.#liveState(board.live);
    return number === undefined ? this.#plotState(question) : this.#incidentState(number);
  }

  async #list(args: JsonObject, signal: AbortSignal): Promise<Answer> {
    const answer = await this.host.call(LIST, args, signal);
    if (answer.source === "sandbox") {
      this.#sandbox.hidden = false;
    }
    return answer;
  }

  #open(state: ViewState): void {
    const previous = this.#shell.state;
    if (previous !== undefined && previous !== this.#live) {
      previous.view.close();
    }
    const isLive = state === this.#live;
    const hasLive = this.#live !== undefined;
    const back = { label: "← Live incidents", go: () => this.#back() };
    const other = { label: "Trends", go: () => this.#goOverTime() };
    const navigation = {
      back: !isLive && hasLive ? back : undefined,
      other: isLive && this.#canCall(LIST) ? other : undefined,
    };
    this.#shell.open(state, navigation, this.#canAskFor(state));
  }

  /** Back to the live incidents, and there to the incident that was open. */
  #back(): void {
    const live = this.#live;
    const left = this.#shell.state?.view;
    if (live === undefined || left === live.view) {
      return;
    }
    this.#open(live);
    const key = left instanceof IncidentView ? left.key : undefined;
    if (key === undefined || !live.view.focus(key)) {
      this.#shell.focus();
    }
  }

  #openIncident(incident: Incident): void {
    this.#open(this.#rowState(incident));
    this.#shell.focus();
  }

  /** Show the incidents of *question* over time. */
  #overTime(question: JsonObject, unit: Unit): PlotView {
    const now = this.#shell.state?.clock?.now() ?? Date.now();
    const state = this.#plotState(questions.overTime(question, unit, now));
    this.#open(state);
    return state.view;
  }

  #goOverTime(): void {
    if (this.#live !== undefined) {
      this.#overTime(this.#live.view.question, "week");
      this.#shell.focus();
    }
  }

  #chooseUnit(question: JsonObject, unit: Unit): void {
    // The button that was pressed is not there any more.
    this.#overTime(question, unit).focus();
  }

  #liveState(question: JsonObject): ViewState<LiveView> {
    return new ViewState(new LiveView(question, (incident) => this.#openIncident(incident)));
  }

  #plotState(question: JsonObject): ViewState<PlotView> {
    const choose = (unit: Unit): void => this.#chooseUnit(question, unit);
    return new ViewState(new PlotView(question, this.#canCall(LIST) ? choose : undefined));
  }

  #incidentState(number: string | undefined): ViewState<IncidentView> {
    const question = number === undefined ? {} : questions.ofIncident(number);
    const canCall = (tool: string): boolean => this.#canCall(tool);
    const actions = this.#actions.ofIncident(number !== undefined, canCall);
    return new ViewState(new IncidentView(question, actions));
  }

  /** An incident of the list. What the list knows is shown at once, with the age of the list. */
  #rowState(incident: Incident): ViewState {
    const state = this.#incidentState(incident.number);
    state.clock = this.#live?.clock;
    state.view.preview(incident, state.present(this.#surroundings.format));
    return state;
  }

  #canAskFor(state: ViewState): boolean {
    return this.#canCall(LIST) && Object.keys(state.view.question).length > 0;
  }

  /** A host that drops the list of tools leaves open which the person may use. */
  #canCall(tool: string): boolean {
    return this.host.can.call && (this.#tools.length === 0 || this.#tools.includes(tool));
  }

  readonly #escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented) {
      return;
    }
    if (this.#copyBox.isOpen) {
      this.#copyBox.close();
    } else {
      this.#back();
    }
  };
}
