// Cells that people write again and again, by the language of the notebook.

export const snippets = {
  python: {
    "project": "from enclave_kernels import project\n\nproject",
    "table": 'lab = project.lab.pandas("pseudonym", "code", "value", "date")\nlab.head()',
    "SQL": 'project.sql("""\n    FROM lab SELECT code, count(*) AS n, median(value) AS median\n    GROUP BY code ORDER BY n DESC\n""").df()',
    "units": "project.lab.units_by_code()",
    "tableone": 'from tableone import TableOne\n\nTableOne(study, columns=["age", "sex"], categorical=["sex"], groupby="group")',
    "Kaplan–Meier": 'from lifelines import KaplanMeierFitter\n\nKaplanMeierFitter().fit(study["years"], study["died"]).plot_survival_function()',
    "acro": 'import acro\n\nsession = acro.ACRO(suppress=True)\nsession.crosstab(study["group"], study["sex"])',
    "tqdm": "from tqdm.auto import tqdm\n\nfor name, rows in tqdm(study.groupby(\"group\")):\n    ...",
  },
  R: {
    "project": "project <- enclave$project()\nproject",
    "table": 'lab <- project$read("lab", columns = c("pseudonym", "code", "value", "date"))\nhead(lab)',
    "SQL": 'project$sql("\n  FROM lab SELECT code, count(*) AS n, median(value) AS median\n  GROUP BY code ORDER BY n DESC\n")',
    "Kaplan–Meier": "library(survival)\nplot(survfit(Surv(years, died) ~ group, data = study))",
    "Cox": "summary(coxph(Surv(years, died) ~ group + age, data = study))",
    "lme4": "library(lme4)\nlmer(level ~ time + (time | pseudonym), data = measured)",
  },
};
