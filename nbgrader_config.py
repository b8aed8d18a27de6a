"""Settings of the course, read by `course` and by the stock `nbgrader` commands alike."""

from pathlib import Path

import grading

here = Path(__file__).resolve().parent
c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "backpropagation-by-hand"
c.CourseDirectory.root = str(here / "build")
c.CsvExportPlugin.to = str(here / "build" / "grades.csv")

# Submissions are rebuilt from the teacher's source and run in the box.
c.Autograde.exporter_class = "grading.stock.SubmissionExporter"
c.Autograde.sanitize_preprocessors = ["grading.stock.Rebuild"]
c.Autograde.autograde_preprocessors = [
    "grading.stock.TwoRooms",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]
c.TwoRooms.misconceptions = str(here / "exercises" / "misconceptions")

# What the code of one submission may use: seconds and bytes.
c.Limits.cell = 20
c.Limits.wall = 120
c.Limits.cpu = 60
c.Limits.memory = 1_500_000_000
c.Limits.processes = 64
c.Limits.files = 20_000_000
c.Limits.output = 1_000_000

# What late work costs: minutes of grace, percent of the score a day, the most percent taken. An
# extension is a number of days or a new due date, for all topics of a student or for some:
# c.LatePolicy.extensions = {"ann": 2, "bob": {"loss": "2027-01-31 23:59"}}
c.AssignLatePenalties.plugin_class = "grading.late.LatePolicy"
c.LatePolicy.grace = 0
c.LatePolicy.percent = 0
c.LatePolicy.cap = 100
c.LatePolicy.zone = "UTC"

# Feedback is one page that loads nothing, and shows the checks without their hidden part.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "grading.late.LateWords",
    "nbgrader.preprocessors.ClearHiddenTests",
    "grading.feedback.Mathematics",
]
c.HTMLExporter.template_name = "course"
c.HTMLExporter.extra_template_basedirs = [str(Path(grading.__file__).parent / "templates")]
c.HTMLExporter.exclude_anchor_links = True
