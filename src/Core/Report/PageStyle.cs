namespace ProcessDedup.Report;

/// <summary>How the page looks. Text has a contrast of at least 4.5 to its ground, marks at least 3 (WCAG 2.2, AA).</summary>
internal static class PageStyle
{
    public const string Css = """
        :root {
          color-scheme: light dark;
          --ground: #faf9f6; --card: #ffffff; --ink: #1d2125; --soft: #565e66; --line: #dedbd3;
          --hit: #2b8078; --wait: #b97a12; --same: #5579a5; --work: #454a94; --old: #b4532f; --wait-b: #f6e7c8;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #15181b; --card: #1d2125; --ink: #e8e5de; --soft: #a5adb4; --line: #363c42;
            --hit: #5cb8ac; --wait: #dca345; --same: #8cb0d9; --work: #a4a7f0; --old: #e58a66; --wait-b: #3f3523;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 3rem; }
        h1 { font-size: clamp(1.6rem, 1.1rem + 2.4vw, 2.5rem); line-height: 1.15; letter-spacing: -0.02em; font-weight: 650; margin: 0.1em 0 0.25em; text-wrap: balance; }
        h2 { font-size: 1.2rem; letter-spacing: -0.01em; font-weight: 650; margin: 0 0 0.35rem; }
        section { margin-top: 2.75rem; }
        p { margin: 0 0 0.75rem; }
        .where, .lead, .note, .more, footer { color: var(--soft); }
        .where { margin: 0; font-size: 0.875rem; font-weight: 600; }
        .note, .more, footer { font-size: 0.875rem; }
        .lead { font-size: 1.0625rem; }
        bdi { overflow-wrap: anywhere; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.25rem, 1fr)); gap: 0.75rem; margin: 1.75rem 0 0; }
        .tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0.8rem 0.9rem 0.85rem; }
        .tiles dt { font-size: 0.8125rem; color: var(--soft); }
        .tiles dd { margin: 0; }
        .tiles b { display: block; font-size: 1.45rem; line-height: 1.3; font-weight: 650; letter-spacing: -0.015em; font-variant-numeric: tabular-nums; }
        .tiles span { display: block; font-size: 0.8125rem; line-height: 1.35; color: var(--soft); margin-top: 0.15rem; }
        svg { display: block; width: 100%; overflow: visible; font: 0.75rem/1 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
        svg.none { width: 0; height: 0; position: absolute; }
        .shares { border-radius: 5px; overflow: hidden; margin: 0.75rem 0 0.8rem; }
        .shares rect { stroke: var(--ground); stroke-width: 1.5; }
        .hit { fill: var(--hit); background: var(--hit); }
        .wait { fill: var(--wait); background: var(--wait); }
        .same { fill: var(--same); background: var(--same); }
        .work, .works { fill: var(--work); background: var(--work); }
        .old { fill: var(--old); background: var(--old); }
        .waits { fill: url(#stripes); stroke: var(--wait); stroke-width: 1; }
        .stripe-a { fill: var(--wait-b); }
        .stripe-b { fill: var(--wait); opacity: 0.55; }
        .striped { background: repeating-linear-gradient(135deg, var(--wait) 0 1px, var(--wait-b) 1px 4px); outline: 1px solid var(--wait); outline-offset: -1px; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.3rem 1.25rem; margin: 0 0 0.75rem; padding: 0; font-size: 0.875rem; }
        .legend i { display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 3px; margin-right: 0.45rem; vertical-align: -0.08rem; }
        .legend b { font-weight: 600; font-variant-numeric: tabular-nums; }
        figure { margin: 0; }
        .grid { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }
        .axis { display: flex; justify-content: space-between; font-size: 0.75rem; color: var(--soft); margin-top: 0.35rem; font-variant-numeric: tabular-nums; }
        .flights { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 0.9rem; margin-top: 0.9rem; }
        .flight { min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1rem 0.85rem; }
        figcaption { margin-bottom: 0.8rem; line-height: 1.4; }
        figcaption b { font-weight: 600; }
        .kind { display: inline-block; font-size: 0.75rem; font-weight: 400; color: var(--soft); border: 1px solid var(--line); border-radius: 99px; padding: 0 0.5rem; line-height: 1.35rem; }
        .kind:empty { display: none; }
        .rows { padding: 0 4.8rem 0 4.2rem; }
        .rows text { fill: var(--soft); font-variant-numeric: tabular-nums; }
        .rows .lead { fill: var(--ink); font-size: 0.75rem; font-weight: 650; }
        details { margin-top: 0.6rem; font-size: 0.875rem; }
        summary { cursor: pointer; color: var(--soft); width: fit-content; padding: 0.2rem 0; }
        summary:focus-visible { outline: 2px solid var(--same); outline-offset: 3px; border-radius: 3px; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: 0.4rem 0 0.4rem 1rem; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: 400; }
        th:first-child { text-align: left; padding-left: 0; }
        thead th { color: var(--soft); font-size: 0.8125rem; vertical-align: bottom; line-height: 1.3; }
        .wide th, .wide td { white-space: nowrap; }
        .keys tbody td:last-child { font-weight: 600; }
        .more { margin: 0.7rem 0 0; }
        footer { margin-top: 3.25rem; border-top: 1px solid var(--line); padding-top: 1rem; max-width: 44rem; }
        @media (max-width: 44rem) {
          main { padding: 1.5rem 1rem 2.5rem; }
          .flight { padding: 0.85rem 0.8rem 0.75rem; }
          .tiles b { font-size: 1.25rem; }
          .rows { padding: 0 4.6rem 0 3.7rem; }
          .rows .long { display: none; }
          .keys, .keys tbody, .keys tr, .keys th, .keys td { display: block; }
          .keys thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
          .keys tr { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 0.1rem 1.1rem; border-bottom: 1px solid var(--line); padding: 0.75rem 0; }
          .keys tbody th { grid-column: 1 / -1; padding: 0 0 0.2rem; border: 0; font-weight: 500; }
          .keys td { display: flex; justify-content: space-between; gap: 0.4rem; padding: 0; border: 0; font-size: 0.8125rem; line-height: 1.6; white-space: nowrap; }
          .keys td::before { content: attr(data-name); color: var(--soft); font-weight: 400; }
        }
        @media print {
          :root { --ground: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; }
          body { font-size: 10pt; }
          main { max-width: none; padding: 0; }
          rect, i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          .flights { display: block; }
          .flight { margin-bottom: 0.9rem; }
          .flight, .tiles div, tr { break-inside: avoid; }
          h2 { break-after: avoid; }
          details::details-content { content-visibility: visible; display: block; block-size: auto; }
        }

        """;
}
