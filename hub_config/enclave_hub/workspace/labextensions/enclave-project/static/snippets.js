// Cells that people write again and again, by the language of the notebook, or by its
// kernel where that has the widgets. Those on the project's data can be a notebook's first.

const python = "from enclave_kernels import project\n\n";
const r = "project <- enclave$project()\n";

export const snippets = {
  python: {
    "project": `${python}project`,
    "table": python + 'lab = project.lab.pandas("pseudonym", "code", "value", "date")\nlab.head()',
    "SQL": python + 'project.sql("""\n    FROM lab SELECT code, count(*) AS n, median(value) AS median\n    GROUP BY code ORDER BY n DESC\n""").df()',
    "units": `${python}project.lab.units_by_code()`,
    "tableone": 'from tableone import TableOne\n\nTableOne(study, columns=["age", "sex"], categorical=["sex"], groupby="group")',
    "Kaplan–Meier": 'from lifelines import KaplanMeierFitter\n\nKaplanMeierFitter().fit(study["years"], study["died"]).plot_survival_function()',
    "acro": 'import acro\n\nsession = acro.ACRO(suppress=True)\nsession.crosstab(study["group"], study["sex"])',
    "tqdm": "from tqdm.auto import tqdm\n\nfor name, rows in tqdm(study.groupby(\"group\")):\n    ...",
  },
  R: {
    "project": `${r}project`,
    "table": r + 'lab <- project$read("lab", columns = c("pseudonym", "code", "value", "date"))\nhead(lab)',
    "SQL": r + 'project$sql("\n  FROM lab SELECT code, count(*) AS n, median(value) AS median\n  GROUP BY code ORDER BY n DESC\n")',
    "Kaplan–Meier": "library(survival)\nplot(survfit(Surv(years, died) ~ group, data = study))",
    "Cox": "summary(coxph(Surv(years, died) ~ group + age, data = study))",
    "lme4": "library(lme4)\nlmer(level ~ time + (time | pseudonym), data = measured)",
  },
};

// Those of the kernel with the widgets, which cannot know the language of the page.
export const questions = (language) => {
  const widget = (room, name) =>
    `from enclave_widgets.${room} import ${name}\n\n${name}(language="${language}")`;
  return {
    "count patients": widget("feasibility", "FeasibilityDashboard")
      .replace("\n\n", "\n\nbuilder = ") + "\nbuilder",
    "catalogue": widget("catalogue", "CatalogueDashboard"),
    "compare re-runs": widget("compare", "CompareRuns"),
    "archive an analysis": widget("submit", "SubmitAnalysis"),
    "report a finding": widget("findings", "ReportFinding"),
  };
};
