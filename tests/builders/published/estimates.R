# The published estimates, with the package that they were published with.
# %%
library(survival)
cox <- function(data, fit) data.frame(data = data, term = names(coef(fit)), estimate = unname(coef(fit)))
# %%
kidney <- read.csv("kidney.csv")
kidney$disease <- factor(kidney$disease, levels = c("Other", "GN", "AN", "PKD"))
fit_kidney <- coxph(Surv(time, status) ~ age + sex + disease, data = kidney)
print(fit_kidney)
# %%
pbc <- read.csv("pbc.csv")
fit_pbc <- coxph(Surv(time, status == 2) ~ age + edema + log(bili) + log(protime) + log(albumin), data = pbc)
summary(fit_pbc)
# %%
cgd <- read.csv("cgd.csv")
first <- cgd[cgd$enum == 1, ]
free <- summary(survfit(Surv(tstop, status) ~ treat, data = first), times = 365)
cgd_table <- data.frame(
  data = "cgd",
  term = c(
    paste("patients", names(table(first$treat))),
    paste("with infection", names(table(first$treat))),
    paste("infections", names(table(cgd$treat))),
    paste("free at 12 months", sub("treat=", "", free$strata))
  ),
  estimate = c(
    as.vector(table(first$treat)),
    as.vector(tapply(first$status, first$treat, sum)),
    as.vector(tapply(cgd$status, cgd$treat, sum)),
    free$surv
  )
)
cgd_table
# %%
mgus2 <- read.csv("mgus2.csv")
mgus_table <- data.frame(
  data = "mgus2", term = c("persons", "progressions"), estimate = c(nrow(mgus2), sum(mgus2$pstat))
)
# %%
write.csv(
  rbind(cox("kidney", fit_kidney), cox("pbc", fit_pbc), cgd_table, mgus_table),
  "estimates.csv",
  row.names = FALSE
)
pdf("free_of_infection.pdf")
plot(survfit(Surv(tstop, status) ~ treat, data = first))
invisible(dev.off())
