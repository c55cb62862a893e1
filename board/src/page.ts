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
import { Scene } from "./scene.js";
import { Stage } from "./stage.js";
import { Surroundings } from "./surroundings.js";
import { LIST } from "./tools.js";

export class Board implements Page {
  readonly #surroundings = new Surroundings();
  readonly #sandbox = element("p", { class: "sandbox", hidden: true });
  readonly #copyBox = new CopyBox();
  readonly #stage: Stage;
  readonly #actions: HostActions;
  #tools: readonly string[] = [];
  /** The live incidents stay as they are while another view is open. */
  #live: Scene<LiveView> | undefined;

  constructor(
    private readonly host: Host,
    main: HTMLElement,
  ) {
    this.#sandbox.append(element("strong", {}, "Sandbox"), ": everything here is made up.");
    main.append(this.#sandbox);
    this.#stage = new Stage(main, this.#surroundings, (question, signal) =>
      readPages(question, (args) => this.#list(args, signal)),
      () => void host.showAgain(),
    );
    this.#stage.insert(this.#copyBox.element);
    this.#actions = new HostActions(host, this.#copyBox, (text) => this.#stage.say(text));
    document.addEventListener("keydown", this.#escape);
  }

  context(context: HostContext): void {
    this.#surroundings.change(context);
    if (context.locale !== undefined || context.timeZone !== undefined) {
      this.#stage.scene?.rewrite(this.#surroundings.format);
    }
    this.#stage.tick();
  }

  loading(args: JsonObject): void {
    if (this.#stage.scene === undefined) {
      const filters = questions.filterText(args);
      this.#stage.openText(filters === "" ? "Loading …" : `Loading … Only ${filters}.`);
    }
  }

  result(board: BoardAnswer): void {
    performance.mark("board-result");
    const scene = this.#begin(board);
    if (board.answer !== undefined) {
      scene.receiveOrFail(board.answer, this.#surroundings.format);
    }
    this.#open(scene);
    performance.mark("board-shown");
  }

  failed(error: CallError, board?: BoardAnswer): void {
    if (board === undefined) {
      this.#stage.fail(error, this.host.can.call);
      return;
    }
    const scene = this.#begin(board);
    scene.fail(error);
    this.#open(scene);
  }

  cancelled(reason: string): void {
    if (this.#stage.scene === undefined) {
      const why = reason === "" ? "" : ` (${reason})`;
      const text = `Cancelled${why}. Nothing was loaded. Ask for the board again in the chat.`;
      this.#stage.openText(text);
      this.#stage.say("Cancelled.");
    }
  }

  async teardown(): Promise<void> {
    this.#stage.close();
    this.#stage.scene?.view.close();
    document.removeEventListener("keydown", this.#escape);
  }

  /** Take over what the page may do, and make the first scene. */
  #begin(board: BoardAnswer): Scene {
    const question = board.arguments;
    const number = questions.incidentNumber(question);
    this.#tools = board.tools;
    this.#sandbox.hidden = !board.sandbox;
    if (number === undefined && !questions.isPlot(question)) {
      this.#live = this.#liveScene(question);
      return this.#live;
    }
    this.#live = board.live && this.#liveScene(board.live);
    return number === undefined ? this.#plotScene(question) : this.#incidentScene(number);
  }

  async #list(args: JsonObject, signal: AbortSignal): Promise<Answer> {
    const answer = await this.host.call(LIST, args, signal);
    if (answer.source === "sandbox") {
      this.#sandbox.hidden = false;
    }
    return answer;
  }

  #open(scene: Scene): void {
    const previous = this.#stage.scene;
    if (previous !== undefined && previous !== this.#live) {
      previous.view.close();
    }
    const isLive = scene === this.#live;
    const hasLive = this.#live !== undefined;
    const back = { label: "← Live incidents", go: () => this.#back() };
    const other = { label: "Trends", go: () => this.#goOverTime() };
    const ways = {
      back: !isLive && hasLive ? back : undefined,
      other: isLive && this.#canCall(LIST) ? other : undefined,
    };
    this.#stage.open(scene, ways, this.#canAskFor(scene));
  }

  /** Back to the live incidents, and there to the incident that was open. */
  #back(): void {
    const live = this.#live;
    const left = this.#stage.scene?.view;
    if (live === undefined || left === live.view) {
      return;
    }
    this.#open(live);
    const key = left instanceof IncidentView ? left.key : undefined;
    if (key === undefined || !live.view.focus(key)) {
      this.#stage.focus();
    }
  }

  #openIncident(incident: Incident): void {
    this.#open(this.#rowScene(incident));
    this.#stage.focus();
  }

  /** Show the incidents of *question* over time. */
  #overTime(question: JsonObject, unit: Unit): PlotView {
    const now = this.#stage.scene?.clock?.now() ?? Date.now();
    const scene = this.#plotScene(questions.overTime(question, unit, now));
    this.#open(scene);
    return scene.view;
  }

  #goOverTime(): void {
    if (this.#live !== undefined) {
      this.#overTime(this.#live.view.question, "week");
      this.#stage.focus();
    }
  }

  #chooseUnit(question: JsonObject, unit: Unit): void {
    // The button that was pressed is not there any more.
    this.#overTime(question, unit).focus();
  }

  #liveScene(question: JsonObject): Scene<LiveView> {
    return new Scene(new LiveView(question, (incident) => this.#openIncident(incident)));
  }

  #plotScene(question: JsonObject): Scene<PlotView> {
    const choose = (unit: Unit): void => this.#chooseUnit(question, unit);
    return new Scene(new PlotView(question, this.#canCall(LIST) ? choose : undefined));
  }

  #incidentScene(number: string | undefined): Scene<IncidentView> {
    const question = number === undefined ? {} : questions.ofIncident(number);
    const canCall = (tool: string): boolean => this.#canCall(tool);
    const actions = this.#actions.ofIncident(number !== undefined, canCall);
    return new Scene(new IncidentView(question, actions));
  }

  /** An incident of the list. What the list knows is shown at once, with the age of the list. */
  #rowScene(incident: Incident): Scene {
    const scene = this.#incidentScene(incident.number);
    scene.clock = this.#live?.clock;
    scene.view.preview(incident, scene.present(this.#surroundings.format));
    return scene;
  }

  #canAskFor(scene: Scene): boolean {
    return this.#canCall(LIST) && Object.keys(scene.view.question).length > 0;
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
