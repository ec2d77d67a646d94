# Every target is one call of ./lab; `make` alone shows the map.
# Of the variables below those count that stand on the command line.

LABS := $(sort $(patsubst labs/%,%,$(foreach lab,$(wildcard labs/lab[0-9][0-9]-*),\
	$(firstword $(subst -, ,$(lab))))))
ACTIONS := check run watch hint solution reset demo attempt parsons picture step
OTHERS := build shell doctor submit test handouts bench bench-full grade \
	grade-selftest student-kit flakes clean
VARIABLES := CASE PROGRAM WITH TEXT NEW SANITIZE PLAIN PAPER QUICK PUBLISH \
	SUBMISSION SUBMISSIONS HIDDEN LEVEL JOBS GRADEBOOK COLUMN EDITION

# As they were typed, quoted for the shell.
quote = '$(subst ','\'',$1)'
given = $(foreach name,$(VARIABLES),\
	$(if $(filter command line,$(origin $(name))),\
	$(call quote,$(name)=$($(name)))))
number = $(patsubst lab%,%,$(firstword $(subst -, ,$@)))
action = $(patsubst $(firstword $(subst -, ,$@))-%,%,$(filter-out $(LABS),$@))

.PHONY: map $(LABS) $(OTHERS) \
	$(foreach action,$(ACTIONS),$(addsuffix -$(action),$(LABS)))

map:
	@./lab

$(LABS) $(foreach action,$(ACTIONS),$(addsuffix -$(action),$(LABS))):
	@./lab $(number) $(action) $(given)

$(OTHERS):
	@./lab $@ $(given)
